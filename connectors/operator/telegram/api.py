"""The Bot API through aiogram: its calls as ours, its many ways of failing as one error with a kind. It sleeps nowhere and repeats nothing.

aiogram's own polling is not used: it never ends on a refused token, does not wait as long as a 429 says, and stands still for ever before an update
that it cannot read. Its errors may quote a whole answer, and the URL of every call holds the token: no text of theirs leaves here uncut.
"""

import enum
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update

from connectors.operator.telegram.outbox import Parcel
from oms.values.texts import SAID_MAX, one_line
from oms.values.units import NS_PER_SECOND, Nanos

CALL_S: Final = 15
"""One call, from connecting to the last byte."""
POLL_MARGIN_S: Final = 10
"""How much longer than it asked for a long poll may take."""
_BATCH: Final = 100
_RETRY_MAX_S: Final = 3_600
"""A longer `retry_after` is tried again after this anyway."""
_TOAST_SIGNS: Final = 200


class Kind(enum.Enum):
    """What went wrong, by what to do about it."""

    AWAY = "away"
    """Nobody answered, or a server's error: later."""
    WAIT = "wait"
    """Too much of us: after `wait_ns`."""
    CONFLICT = "conflict"
    """Somebody else polls with this token."""
    TOKEN = "token"
    """The token is not (any more) one: never."""
    BARRED = "barred"
    """This chat takes nothing from us."""
    REFUSED = "refused"
    """This very call is wrong."""
    UNREADABLE = "unreadable"
    """It was done, but how it was answered aiogram cannot read."""


class Trouble(RuntimeError):
    """A call failed; the message is one line."""

    def __init__(self, kind: Kind, words: str, wait_ns: Nanos = 0, first_id: int | None = None) -> None:
        super().__init__(one_line(words, SAID_MAX))
        self.kind = kind
        self.wait_ns = wait_ns
        self.first_id = first_id
        """Of a batch of updates that cannot be read, the id of its first."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a press of a button."""

    update_id: int
    chat_id: int | None = None
    user_id: int | None = None
    """None: a channel's post, which nobody sent."""
    is_private: bool = False
    text: str = ""
    date_s: int = 0
    """When the message was sent; of a press nobody tells."""
    press_id: str = ""
    """Not empty: it is a press, and this names it."""
    data: str = ""
    message_id: int = 0


class Api:
    """One bot's."""

    def __init__(self, token: str, base: str) -> None:
        self._secret = token.partition(":")[2]
        self._bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
        self._offset: int | None = None
        self._careful = 0
        """So many updates are asked for one by one, because one among them cannot be read."""
        self.unreadable = 0
        """Updates left out."""

    async def name(self) -> str:
        """Our user name; also the proof that the token is good. Raises Trouble."""
        return (await self._call(self._bot.get_me(request_timeout=CALL_S))).username or ""

    async def begin(self, commands: Mapping[str, str]) -> None:
        """Drop what came while we were away, and show our commands in the menu. Raises Trouble."""
        await self._call(self._bot.delete_webhook(drop_pending_updates=True, request_timeout=CALL_S))
        menu = [BotCommand(command=name, description=what) for name, what in commands.items()]
        await self._call(self._bot.set_my_commands(menu, request_timeout=CALL_S))

    async def poll(self, wait_s: int) -> list[Heard]:
        """What was said since the last time, waiting so long for it. Raises Trouble; one update that cannot be read is left out and counted."""
        limit = 1 if self._careful else _BATCH
        timeout = wait_s + POLL_MARGIN_S
        asked = self._bot.get_updates(
            offset=self._offset, limit=limit, timeout=wait_s, allowed_updates=["message", "callback_query"], request_timeout=timeout
        )
        try:
            updates = await self._call(asked)
        except Trouble as trouble:
            if trouble.first_id is None:
                raise
            if limit == 1:
                self._offset = trouble.first_id + 1
                self.unreadable += 1
            self._careful = _BATCH
            return []
        self._careful = max(0, self._careful - 1)
        if updates:
            self._offset = updates[-1].update_id + 1
        return [_heard(update) for update in updates]

    async def send(self, parcel: Parcel) -> None:
        """One message. Raises Trouble."""
        keys = [[InlineKeyboardButton(text=button.text, callback_data=button.data)] for button in parcel.buttons]
        await self._call(
            self._bot.send_message(
                parcel.chat_id,
                parcel.text,
                parse_mode="HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_notification=parcel.is_silent or None,
                reply_markup=InlineKeyboardMarkup(inline_keyboard=keys) if keys else None,
                request_timeout=CALL_S,
            )
        )

    async def take_button(self, chat_id: int, message_id: int, text: str) -> None:
        """Put this (plain) text in place of a message and its buttons. Raises Trouble."""
        await self._call(self._bot.edit_message_text(text, chat_id=chat_id, message_id=message_id, request_timeout=CALL_S))

    async def toast(self, press_id: str, text: str) -> None:
        """Answer a press; until then the button seems to hang. Raises Trouble."""
        await self._call(self._bot.answer_callback_query(press_id, text=text[:_TOAST_SIGNS], request_timeout=CALL_S))

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.session.close()

    async def _call(self, asked: Any) -> Any:  # noqa: ANN401 - aiogram's results are of as many types as there are methods
        try:
            return await asked
        except (AiogramError, OSError, ValueError, LookupError) as error:  # the last two: a page in letters that do not exist
            words = f"{type(error).__name__}: {error}".replace(self._secret, "[token]")  # they may quote a URL
            raise _trouble(error, words) from None


def _trouble(error: Exception, words: str) -> Trouble:
    if isinstance(error, TelegramRetryAfter):
        return Trouble(Kind.WAIT, words, min(max(1, error.retry_after), _RETRY_MAX_S) * NS_PER_SECOND)
    if isinstance(error, ClientDecodeError) and isinstance(error.data, dict) and error.data.get("ok") is True:
        return Trouble(Kind.UNREADABLE, words, first_id=_first_id(error.data))
    if isinstance(error, TelegramMigrateToChat):
        return Trouble(Kind.BARRED, f"the group has become chat {error.migrate_to_chat_id}: write that id into telegram.chats")
    for kind, names in _KINDS.items():
        if isinstance(error, names):
            return Trouble(kind, words)
    return Trouble(Kind.AWAY, words)


_KINDS: Final = {
    Kind.TOKEN: (TelegramUnauthorizedError, TelegramNotFound),  # a token that is none at all is not found
    Kind.CONFLICT: (TelegramConflictError,),
    Kind.BARRED: (TelegramForbiddenError,),
    Kind.REFUSED: (TelegramBadRequest,),
}


def _first_id(data: dict[str, Any]) -> int | None:
    """The id of the first update of a batch."""
    batch = data.get("result")
    first = batch[0] if isinstance(batch, list) and batch else None
    found = first.get("update_id") if isinstance(first, dict) else None
    return found if isinstance(found, int) else None


def _heard(update: Update) -> Heard:
    """What of an update concerns us."""
    message, press = update.message, update.callback_query
    if isinstance(press, CallbackQuery):
        on = press.message  # None: a message of another bot's, or one too old
        chat_id, message_id = (on.chat.id, on.message_id) if on is not None else (None, 0)
        return Heard(
            update_id=update.update_id,
            chat_id=chat_id,
            user_id=press.from_user.id,
            press_id=press.id,
            data=press.data or "",
            message_id=message_id,
        )
    if not isinstance(message, Message):
        return Heard(update_id=update.update_id)
    return Heard(
        update_id=update.update_id,
        chat_id=message.chat.id,
        user_id=None if message.from_user is None else message.from_user.id,
        is_private=message.chat.type == "private",
        text=message.text or "",
        date_s=int(message.date.timestamp()),
        message_id=message.message_id,
    )

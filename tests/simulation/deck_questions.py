"""Cards from 25 on: questions, settlement, refusals, what goes wrong, other kinds of markets."""

from typing import Final

from tests.simulation.deck_player import Card

QUESTIONS: Final = (
    Card(number=25, title="an order that stands is found", story="""
        given we BUY o1 YES 100@50
        we ask about o1 => o1 found standing
    """),
    Card(number=26, title="an order that is filled is found", story="""
        given we split 100
        given they BUY NO 50@50
        given we SELL o1 NO 50@50 FOK
        we ask about o1 => o1 found filled
    """),
    Card(number=27, title="an order that was cancelled is found over", story="""
        given we BUY o1 YES 100@50
        given they SELL YES 30@50
        given we cancel o1
        we ask about o1 => o1 found over after 30
    """),
    Card(number=28, title="what stands is reported", story="""
        given we split 200
        given we SELL o2 NO 150@40
        given they BUY NO 50@40
        given we BUY o1 YES 200@60
        we ask what stands => stands: o1 BUY YES 200@60 filled 0; o2 SELL NO 150@40 filled 50
    """),
    Card(number=29, title="nothing stands", story="""
        given we BUY o1 YES 10@50
        given we cancel o1
        we ask what stands => stands: nothing
    """),
    Card(number=30, title="what was traded since a time is reported, with its settlement", story="""
        given they SELL YES 30@50
        given we BUY o1 YES 20@50
        given 120s pass
        given we BUY o2 YES 10@50
        given all mined
        we ask what was traded => traded: o2 10@50 mined
    """),
    Card(number=31, title="what we have is reported; orders that stand take nothing from it", story="""
        given we BUY o1 YES 100@20
        we ask what we have => has 1000
    """),
    Card(number=32, title="a trade is matched, mined, confirmed", story="""
        given they SELL YES 10@50
        we BUY o1 YES 10@50 => o1 accepted, o1 takes 10@50
        all mined => o1 mined
        all settle => o1 confirmed
        all settle => nothing
        books => has 995 and 10 YES
    """),
    Card(number=33, title="a trade that fails is undone, once", fee_bps=700, story="""
        given they SELL YES 10@50
        we BUY o1 YES 10@50 => o1 accepted, o1 takes 10@50 fee 0.175
        all fail => o1 failed
        all fail => nothing
        books => has 1000
    """),
    Card(number=34, title="a price that is not on the tick is refused", tick="0.01", story="""
        we BUY o1 YES 10@50.5 => o1 refused: off tick
        books => has 1000
    """),
    Card(number=35, title="a new tick is heard, and holds for the next order", tick="0.1", story="""
        we BUY o1 YES 10@51 => o1 refused: off tick
        operator: the tick becomes 0.01 => tick 0.01
        we BUY o2 YES 10@51 => o2 accepted
    """),
    Card(number=36, title="an order below the minimum is refused", story="""
        we BUY o1 YES 4@50 => o1 refused: too small
        books => has 1000
    """),
    Card(number=37, title="a BUY of less than a dollar that would trade at once is refused, one that rests is not", story="""
        given they SELL YES 100@10
        we BUY o1 YES 6@10 => o1 refused: too small
        we BUY o2 YES 6@9 => o2 accepted
    """),
    Card(number=38, title="an order that is not paid for is refused", cash=10, story="""
        we BUY o1 YES 100@50 => o1 refused: not enough
        books => has 10
    """),
    Card(number=39, title="what another order of ours holds is not free", cash=10, story="""
        we BUY o1 YES 15@50 => o1 accepted
        we BUY o2 YES 10@50 => o2 refused: not enough
        we cancel o1 => o1 cancelled after 0
        we BUY o3 YES 10@50 => o3 accepted
    """),
    Card(number=40, title="shares that we do not have cannot be sold", story="""
        we SELL o1 YES 10@50 => o1 refused: not enough
        books => has 1000
    """),
    Card(number=41, title="a market that closed takes no orders, and what rested is cancelled", story="""
        given we BUY o1 YES 10@50
        operator: the market closes => o1 cancelled after 0
        we BUY o2 YES 10@50 => o2 refused: closed
        books => has 1000
    """),
    Card(number=42, title="a market ends: what rested is cancelled, shares are paid", story="""
        given they SELL YES 10@50
        given we BUY o1 YES 10@50
        given we BUY o2 YES 10@40
        operator: YES wins => o1 confirmed, o2 cancelled after 0, YES pays 1
        books => has 1005
    """),
    Card(number=43, title="the venue takes everything of ours away when heartbeats stop", story="""
        given we beat
        given we BUY o1 YES 20@53
        trouble: no heartbeat => o1 cancelled after 0
        books => has 1000
    """),
    Card(number=44, title="an order whose reply is lost is unknown, and then found", story="""
        trouble: silent stream then trouble: place reply lost then we BUY o1 YES 100@50 => o1 unknown
        we ask about o1 => o1 found standing
        books => has 1000, 1 open
    """),
    Card(number=45, title="a filled order whose reply is lost is unknown, and then found with its trade", story="""
        given they SELL YES 10@50
        trouble: silent stream then trouble: place reply lost then we BUY o1 YES 10@50 => o1 unknown
        we ask what was traded => traded: o1 10@50 matched
        we ask about o1 => o1 found filled
        books => has 995 and 10 YES
    """),
    Card(number=46, title="an order that was lost is unknown, then proven absent, but not at once", story="""
        trouble: place lost then we BUY o1 YES 100@50 => o1 unknown
        we ask about o1 => no answer
        40s pass => nothing
        we ask about o1 => o1 absent
        books => has 1000
    """),
    Card(number=47, title="an order that met a server's error is unknown", story="""
        trouble: place 5xx then we BUY o1 YES 100@50 => o1 unknown
        books => has 1000, 1 open
    """),
    Card(number=48, title="an order that is one too many is refused, the next is not", story="""
        trouble: place 429 then we BUY o1 YES 100@50 => o1 refused: too many
        5s pass => nothing
        we BUY o2 YES 100@50 => o2 accepted
    """),
    Card(number=49, title="a question that fails is answered by nothing", story="""
        given we BUY o1 YES 100@50
        trouble: query failed then we ask about o1 => no answer
        we ask about o1 => o1 found standing
    """),
    Card(number=50, title="a restart: away, back with post-only orders, back", story="""
        given we BUY o1 YES 10@40
        trouble: restart then we BUY o2 YES 10@50 => o2 unknown, away
        10s pass => back, post-only
        we BUY o3 YES 10@50 post-only => o3 accepted
        125s pass => back
        we BUY o4 YES 10@50 => o4 accepted
        we ask what stands => stands: o1 BUY YES 10@40 filled 0; o3 BUY YES 10@50 filled 0; o4 BUY YES 10@50 filled 0
    """),
    Card(number=51, title="an order sent twice stands once", story="""
        we BUY o1 YES 100@50 => o1 accepted
        we send o1 again => o1 unknown
        we ask about o1 => o1 found standing
        we ask what stands => stands: o1 BUY YES 100@50 filled 0
        books => has 1000, 1 open
    """),
    Card(number=52, title="a trade that was told late is told with its settlement", story="""
        given we BUY o1 YES 5@51.3
        trouble: silent stream then they SELL YES 5@51.3 then all settle => nothing
        we ask what was traded => traded: o1 5@51.3 confirmed
        books => has 997.435 and 5 YES
    """),
    Card(number=53, title="a trade takes what it costs at once, and brings its shares when it is settled", story="""
        given they SELL YES 10@50
        given we BUY o1 YES 10@50
        we ask what we have => has 995
        given all settle
        we ask what we have => has 995 and 10 YES
    """),
    Card(number=54, title="a market that ends pays for sets what they cost", story="""
        given we split 10
        operator: YES wins => YES pays 1
        books => has 1000
    """),
    Card(number=55, title="of a killed FOK the private stream tells too, if the answer is lost", story="""
        given they SELL YES 10@50
        trouble: place reply lost then we BUY o1 YES $6@55 FOK => o1 refused: not all at once
        books => has 1000
    """),
    Card(number=56, title="a market of the second generation", kind="v2", story="""
        given they SELL YES 10@52
        we BUY o1 YES 10@52 => o1 accepted, o1 takes 10@52
        all settle => o1 confirmed
        we SELL o2 YES 10@60 & BUY o3 NO 10@30 => o2 accepted, o3 accepted
        we ask what we have => has 994.8 and 10 YES
        we cancel o2 o3 => o2 cancelled after 0, o3 cancelled after 0
        books => has 994.8 and 10 YES
    """),
    Card(number=57, title="a market of a negRisk event", kind="negRisk", story="""
        given they BUY NO 10@40
        we BUY o1 YES 10@60 => o1 accepted, o1 takes 10@60
        all settle => o1 confirmed
        we ask what we have => has 994 and 10 YES
        books => has 994 and 10 YES
    """),
)  # fmt: skip

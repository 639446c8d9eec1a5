"""Cards 1 to 24: orders rest, trade, and end."""

from typing import Final

from tests.simulation.deck_player import Card

TRADES: Final = (
    Card(number=1, title="an order rests", story="""
        we BUY o1 YES 100@50 => o1 accepted
        books => has 1000, 1 open
    """),
    Card(number=2, title="an order takes what stands", story="""
        given they SELL YES 5@52
        we BUY o1 YES 5@52 => o1 accepted, o1 takes 5@52
        books => has 997.4 and 5 YES
    """),
    Card(number=3, title="an order is made by a stranger, and settles", story="""
        given we BUY o1 YES 5@51.3
        they SELL YES 5@51.3 then all settle => o1 makes 5@51.3, o1 confirmed
        books => has 997.435 and 5 YES
    """),
    Card(number=4, title="a taker takes a part and rests with the other; cancelled, it ends with what it had", story="""
        given they SELL YES 25@50
        we BUY o1 YES 100@50 then all settle => o1 accepted, o1 takes 25@50, o1 confirmed
        we cancel o1 => o1 cancelled after 25
        books => has 987.5 and 25 YES
    """),
    Card(number=5, title="an order that rests is cancelled", story="""
        given we BUY o1 YES 100@50
        we cancel o1 => o1 cancelled after 0
        books => has 1000
    """),
    Card(number=6, title="a filled order cannot be cancelled", story="""
        given we BUY o1 YES 100@50
        given they SELL YES 100@50
        we cancel o1 => cancel of o1 refused
    """),
    Card(number=7, title="of two cancels the second finds nothing", story="""
        given we BUY o1 YES 100@50
        we cancel o1 => o1 cancelled after 0
        we cancel o1 => cancel of o1 refused
        books => has 1000
    """),
    Card(number=8, title="several cancels in one request", story="""
        given we BUY o1 YES 10@50 & BUY o2 YES 10@49 & BUY o3 YES 10@51
        given they SELL YES 10@51
        we cancel o1 o2 o3 => o1 cancelled after 0, o2 cancelled after 0, cancel of o3 refused
    """),
    Card(number=9, title="several orders in one request", story="""
        given they SELL YES 10@60
        we BUY o1 YES 10@40 & BUY o2 NO 10@30 & BUY o3 YES 10@60 => o1 accepted, o2 accepted, o3 accepted, o3 takes 10@60
        books => has 994 and 10 YES, 2 open
    """),
    Card(number=10, title="one stranger fills two orders of ours", story="""
        given we BUY o1 YES 5@40 & BUY o2 YES 5@30
        they SELL YES 10@30 then all settle => o1 makes 5@40, o1 confirmed, o2 makes 5@30, o2 confirmed
        books => has 996.5 and 10 YES
    """),
    Card(number=11, title="a part of our offer is taken", story="""
        given we split 100
        given we SELL o1 YES 10@51.8
        they BUY YES 5@51.8 then all mined => o1 makes 5@51.8, o1 mined
        books => has 902.59 and 95 YES and 100 NO, 1 open
    """),
    Card(number=12, title="a taker sweeps levels and gets the better prices", story="""
        given they SELL YES 5@50
        given they SELL YES 5@51
        given they SELL YES 5@51
        we BUY o1 YES 20@60 => o1 accepted, o1 takes 5@50, o1 takes 10@51
        books => has 992.4 and 15 YES, 1 open
    """),
    Card(number=13, title="BUY NO meets BUY YES: a set is made", story="""
        given they BUY NO 10@40
        we BUY o1 YES 10@60 then all settle => o1 accepted, o1 takes 10@60, o1 confirmed
        books => has 994 and 10 YES
    """),
    Card(number=14, title="our BUY YES is met by a BUY NO: a set is made, we are the maker", story="""
        given we BUY o1 YES 10@60
        they BUY NO 10@45 => o1 makes 10@60
        books => has 994 and 10 YES
    """),
    Card(number=15, title="SELL NO meets SELL YES: a set is merged", story="""
        given we split 100
        given they SELL YES 10@40
        we SELL o1 NO 10@55 then all settle => o1 accepted, o1 takes 10@60, o1 confirmed
        books => has 906 and 100 YES and 90 NO
    """),
    Card(number=16, title="a taker meets a direct and a crossed maker", story="""
        given they SELL YES 5@50
        given they BUY NO 5@49
        we BUY o1 YES 10@55 => o1 accepted, o1 takes 5@50, o1 takes 5@51
        books => has 994.95 and 10 YES
    """),
    Card(number=17, title="the taker pays the fee, the maker none", fee_bps=700, story="""
        given they SELL YES 10@50
        given we BUY o1 YES 10@30
        we BUY o2 YES 10@50 => o2 accepted, o2 takes 10@50 fee 0.175
        they SELL YES 10@30 => o1 makes 10@30
        books => has 991.825 and 20 YES
    """),
    Card(number=18, title="FOK is filled whole", story="""
        given they SELL YES 10@50
        we BUY o1 YES $5@55 FOK => o1 accepted, o1 takes 10@50
        books => has 995 and 10 YES
    """),
    Card(number=19, title="FOK that cannot be filled whole is refused", story="""
        given they SELL YES 10@50
        we BUY o1 YES $6@55 FOK => o1 refused: not all at once
        books => has 1000
    """),
    Card(number=20, title="FAK takes what is there and ends", story="""
        given we split 100
        given they BUY YES 6@50
        given they BUY YES 5@45
        we SELL o1 YES 10@48 FAK => o1 accepted, o1 takes 6@50, o1 cancelled after 6
        books => has 903 and 94 YES and 100 NO
    """),
    Card(number=21, title="FAK that finds nothing is refused", story="""
        given they SELL YES 10@50
        we BUY o1 YES $5@49 FAK => o1 refused: nothing to take
        books => has 1000
    """),
    Card(number=22, title="post-only that would cross is refused, on either token", story="""
        given they SELL YES 10@50
        we BUY o1 YES 10@50 post-only => o1 refused: would cross
        we BUY o2 YES 10@49.9 post-only => o2 accepted
        given we split 50
        we SELL o3 NO 10@50.1 post-only => o3 accepted
        we SELL o4 NO 10@50 post-only => o4 refused: would cross
        books => has 950 and 50 YES and 50 NO, 2 open
    """),
    Card(number=23, title="GTD ends by itself", story="""
        we BUY o1 YES 100@50 GTD 150s => o1 accepted
        100s pass => nothing
        60s pass => o1 expired after 0
        books => has 1000
    """),
    Card(number=24, title="GTD that was filled in part ends with that", story="""
        given we BUY o1 YES 100@50 GTD 150s
        they SELL YES 40@50 => o1 makes 40@50
        160s pass => o1 expired after 40
        books => has 980 and 40 YES
    """),
)  # fmt: skip

"""Why a quorum feed or a facade refused, in words that say what to do."""

from __future__ import annotations

REASONS = {
    "feed: day not over": "An observation of that day may still come: wait until an hour after its "
    "end.",
    "feed: delay not 1d..30d": "A change stands in public for one day to 30: choose a delay "
    "between them.",
    "feed: delay not over": "What is proposed has not stood in public for long enough: wait "
    "(`terahash feeds operators` says until when).",
    "feed: key was retired": "The key was replaced more than an hour ago, and answers for nothing "
    "any more.",
    "feed: key was used before": "The key is or was an operator's hot key: make a new one.",
    "feed: no operators": "A set of operators has at least one: name them.",
    "feed: no owner": "Somebody has to propose other operators: name an owner.",
    "feed: no such operator": "There are at most 31 operators, counted from zero: correct the "
    "place of the one who signed.",
    "feed: no such round": "The feed has not come to that round: ask for one from 1 to the newest.",
    "feed: not an operator's key": "The key that signed is of nobody who is seated: only operators "
    "can be suspended.",
    "feed: not newer": "The feed has an observation of that time or a later one: sign and submit "
    "newer ones.",
    "feed: not on the period": "Observations of a feed are at multiples of its period, in unix "
    "seconds: choose such a time.",
    "feed: not proposed": "This set and threshold are not what is proposed: see `terahash feeds "
    "operators`.",
    "feed: not this operator's key": "A report is signed with a key that does not count, perhaps "
    "for it was rotated or suspended meanwhile, and the submission is refused whole: run `terahash "
    "feeds submit` again, which leaves that report out.",
    "feed: nothing proposed": "There is no proposal, and so nothing to withdraw.",
    "feed: observed in the future": "The time lies more than a minute ahead of the chain's: wait "
    "until it has come.",
    "feed: observed too long ago": "The time lies more than an hour behind the chain's: sign and "
    "submit newer observations.",
    "feed: one value": "Both reports say the same value, and that is no offence.",
    "feed: operator signed twice": "A quorum takes one report of each operator: leave the other "
    "away.",
    "feed: operators not ascending": "Operators are named in the order of their addresses, each "
    "once: leave out what is named twice, and the zero address.",
    "feed: period not 1m..1d": "A feed's period is one minute to one day: choose another feed.",
    "feed: round not kept": "A feed keeps its last thirty days, and the round is older: ask for a "
    "newer one.",
    "feed: suspended": "The operator is suspended, for it signed two values: it counts again when "
    "a configuration that is proposed afterwards seats it.",
    "feed: threshold out of range": "Of n operators (n - 1) // 3 may lie: at least twice as many, "
    "and one, must sign, and at most all.",
    "feed: too few signed": "Fewer operators signed than the threshold: collect more reports.",
    "feed: two signers": "The two reports are signed with keys of different operators, and prove "
    "nothing.",
    "feed: value out of range": "Values lie between -2^111 and 2^111: the operators should look at "
    "what they sign.",
    "feed: values not ascending": "Reports are handed in by rising value: sort them.",
    "ecdsa: invalid signature": "A signature is nobody's: ask who sent it to sign again.",
    "ecdsa: invalid signature `s` value": "A signature is in its second form (high s), which is "
    "refused: ask who sent it to sign again.",
    "facade: day without a price": "No price was observed on that block-day, so it has no answer "
    "in dollars: ask for another.",
    "facade: disputed": "A final block-day of Bitcoin was disputed: what comes from it is not "
    "answered again.",
    "facade: feed has no name": "A feed's id begins with its name: correct it.",
    "facade: feed id": "A quorum feed's number needs the feed's id, and the others have none: "
    "correct it.",
    "facade: index has no feed": "The index counts no dollars, for it has no feed of BTC/USD: "
    "choose a hashprice in bitcoin.",
    "facade: max age below 60 s": "An answer may be a minute old at least: allow more.",
    "facade: neither th/s nor ph/s": "A hashprice is of 1 TH/s or of 1,000: choose one of them.",
    "facade: no answer yet": "Nothing is known of this number yet: wait until it is.",
    "facade: no price yet": "The price that this takes was not observed yet: wait until it is.",
    "facade: no such number": "A facade tells of a feed, difficulty, hashrate, hashprice or spot "
    "hashprice: choose a number from 0 to 4.",
    "facade: no such round": "There is no such round, or none yet: ask for another, or wait.",
    "facade: not a hashprice": "Only a hashprice is in dollars or of 1,000 TH/s: leave both away.",
    "facade: source is no contract": "Nothing stands at the source's address: correct it.",
    "facade: price stale": "The price in dollars is older than three hours: wait until operators "
    "observe a newer one.",
    "facade: stale": "The newest answer is older than the facade allows: wait until there is a "
    "newer one.",
}
"""Reason, as the contracts give it, to sentence."""

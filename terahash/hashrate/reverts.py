"""Why a hashrate contract refused, in words that say what to do."""

from __future__ import annotations

REASONS = {
    "token: above attested": "More tokens would exist than the attested hashrate: buy fewer, or "
    "wait until more is attested.",
    "token: above capacity": "The issuer sells no more than its capacity: buy fewer, or wait until "
    "it is raised.",
    "token: above supply": "That is more than all tokens together: give fewer back.",
    "token: accrue first": "More than 64 closed block-days are not accrued: run `terahash accrue "
    "ISSUANCE` first, as anyone may, and then this again.",
    "token: amount too large": "No issuance can count so many satoshi: deliver less.",
    "token: attestation stale": "The hashrate was not attested for seven days: wait until it is.",
    "token: bitcoin did not arrive": "The bitcoin token delivered less than it was told to move: "
    "do not use this issuance.",
    "token: bitcoin transfer failed": "The bitcoin token refused to move the money: check the "
    "balance and the allowance, and whether the token has blocked one of the two.",
    "token: capacity too large": "No issuance may sell more than 100 EH/s: choose a smaller "
    "capacity.",
    "token: coverage below ratio": "The reserve holds less than its ratio, so nothing is sold: "
    "wait until somebody funds it.",
    "token: debt too large": "The debt is more than the contract can count: deliver first.",
    "token: in default": "A debt is overdue and the reserve is empty, so nothing is sold: it takes "
    "a delivery of all that is owed.",
    "token: index disputed": "A final block-day of Bitcoin was disputed, and the index stands: "
    "tokens are neither sold nor the reserve withdrawn again.",
    "token: index stale": "The newest closed block-day ended more than four days ago: advance the "
    "index (`terahash-oracle once`), as anyone may, and try again.",
    "token: insufficient allowance": "The owner of the tokens has not allowed so many: ask for "
    "another allowance.",
    "token: insufficient balance": "The account has fewer tokens: choose a smaller amount.",
    "token: not overdue": "No debt is older than the grace, so the reserve need not pay: wait.",
    "token: not the owner's permit": "The permit was not signed by the owner, or was used: sign "
    "it again.",
    "token: nothing to deliver": "Nothing is owed: name an amount to make it a gift.",
    "token: nothing to fund": "Zero satoshi fund nothing: name an amount.",
    "token: nothing to mint": "Zero tokens cannot be bought: name an amount.",
    "token: nothing to redeem": "The tokens' part of the reserve is less than a satoshi: give more "
    "back, or keep them; what they have earned can be claimed.",
    "token: nothing to withdraw": "Zero satoshi cannot be withdrawn: name an amount.",
    "token: over max cost": "The price rose above what you were ready to pay: look at it again.",
    "token: overdue": "A debt is older than the grace: it has to be delivered, or paid by the "
    "reserve (`terahash cover`), first.",
    "token: permit expired": "The permit's deadline has passed: sign it again.",
    "token: price below reserve": "The issuer's price is below what the reserve must get of it, so "
    "nothing is sold: wait until the issuer raises it.",
    "token: price too large": "The price is beyond anything that is mined: choose a lower one.",
    "token: receiver cannot receive": "Nobody could use what the zero address or the issuance "
    "itself receives: name another receiver.",
    "token: reserve is empty": "The reserve has nothing to pay with: only a delivery cures it.",
    "token: reserve needed": "What would stay in the reserve is less than what is owed and the "
    "ratio ask for: withdraw less.",
    "token: reserve too large": "The reserve cannot count so many satoshi: fund less.",
    "token: term nearly over": "Four block-days of the term or fewer are left, which are not sold: "
    "choose another issuance.",
    "token: under min paid": "Redeeming pays less than you asked for at least: look at it again.",
    "token: unit is zero": "A block-day is worth nothing at today's hashprice and this reference: "
    "tokens are sold again when mining earns more than the cost.",
    "factory: cost too large": "The cost is beyond anything that is mined: choose a lower one.",
    "factory: exit fee above 10 %": "Redeeming may cost at most 10 %: choose a lower exit fee.",
    "factory: fee above 50 %": "At most half of the earnings may be kept: choose a lower fee.",
    "factory: feed is no contract": "Nothing stands at the feed's address: correct it, or leave "
    "feed and feed id away.",
    "factory: grace not 1h..30d": "A debt may stay unpaid for one hour to 30 days: choose a grace "
    "between them.",
    "factory: index is no contract": "Nothing stands at the index's address: correct it.",
    "factory: no blueprint": "Nothing stands at the blueprint's address: correct it.",
    "factory: no name": "A token needs a name and a symbol: give both.",
    "factory: no reference": "Without a reference, days below cost value every token at zero, and "
    "the reserve may be withdrawn: give one.",
    "factory: not of 8 decimals": "Wrapped bitcoin counts satoshi, in 8 decimals: name such a "
    "token.",
    "factory: not this index": "Issuances of this factory settle on its own index: leave the index "
    "away.",
    "factory: open already": "The same issuer has opened an issuance of the same name, symbol and "
    "terms: change one of them.",
    "factory: ratio not 1..100 %": "The reserve ratio is 1 to 100 %: choose one between them.",
    "factory: reference too large": "The reference is beyond anything that is mined: choose a "
    "lower one.",
    "factory: term begins too early": "A block-day of the term is closed already, or the one "
    "before it unknown: let the term begin later.",
    "factory: term ends too late": "The term ends beyond every block-day that can be counted: let "
    "it end earlier.",
    "factory: term not 7..1500 days": "A term has 7 to 1,500 block-days: let it end elsewhere.",
    "erc20: insufficient allowance": "The owner has allowed less of its bitcoin, or of its claims' "
    "tokens: approve more first.",
    "erc20: transfer amount exceeds balance": "The account holds less bitcoin, or fewer of a "
    "claim's tokens, than this takes: send it some.",
}
"""Reason, as the contracts give it, to sentence."""

"""Why the pair market, an instrument or a claim's token refused, in words that say what to do."""

from __future__ import annotations

REASONS = {
    "erc20: approve from the zero address": "The zero address allows nothing: name the tokens' "
    "owner.",
    "erc20: approve to the zero address": "The zero address takes nothing: name who may.",
    "erc20: burn amount exceeds balance": "The account has fewer tokens of this claim: choose a "
    "smaller amount.",
    "erc20: expired deadline": "The permit's deadline has passed: sign it again.",
    "erc20: invalid signature": "The permit was not signed by the owner for this token, or was "
    "used: sign a new one.",
    "erc20: transfer to the zero address": "Tokens sent to nobody would be lost: name another "
    "receiver.",
    "factory: market is no contract": "Nothing stands at the market's address: correct it.",
    "factory: series not open": "Only claims of an open series have a token: open the series "
    "first, as anyone may.",
    "market: above max payment": "The orders together cost more than was allowed: look at their "
    "prices again, or allow more.",
    "market: above what is left": "Less is left of the order than this takes: take fewer.",
    "market: amount not in lots": "Orders trade whole lots of 10,000 claims: round the amount to "
    "one, at least one.",
    "market: amount out of range": "A pair is of 1 to 2^79 satoshi, a trade likewise: choose an "
    "amount between them.",
    "market: another series": "The order is of another series than the terms beside it: hand in "
    "its own.",
    "market: bounds too large": "Floor and cap lie within 2^200 either way: check their unit, "
    "which is X times 10^18.",
    "market: collateral no contract": "Nothing stands at the collateral's address: correct it.",
    "market: fallback above all": "The fallback share is a part of the collateral: choose 0 to "
    "10,000 ticks.",
    "market: floor not below cap": "A band has a width: choose a floor below the cap.",
    "market: index is known": "The last reading of the window is determined, and nothing of it is "
    "traded any more: wait until it is settled (`terahash settle`).",
    "market: index not dead": "The fallback applies once the index has stood still for 90 days: "
    "wait, and settle the series by its value as soon as that is final.",
    "market: instrument no contract": "Nothing stands at an instrument's address: correct it.",
    "market: instrument refused": "The instrument takes no such terms, and does not say why: check "
    "each of them.",
    "market: insufficient allowance": "The owner has allowed fewer of its claims: ask it to "
    "approve more.",
    "market: insufficient claims": "The account has fewer claims than that: see `terahash "
    "positions`.",
    "market: maker cannot pay": "The maker has too little bitcoin, or has allowed the market too "
    "little of it, for a single lot: choose another order.",
    "market: no instruments": "A market has at least one instrument: name them.",
    "market: no such instrument": "The market has no instrument of that number: see what the "
    "series is of.",
    "market: not settled": "Claims are paid once their series is settled: run `terahash settle` "
    "first, as anyone may.",
    "market: not the maker": "Only its maker cancels an order: use the key that signed it.",
    "market: nothing to redeem": "The account has no claims of this series: see `terahash "
    "positions`, since anyone may have had it paid already.",
    "market: order cancelled": "The maker has cancelled this order: choose another.",
    "market: order expired": "The order's deadline has passed: ask its maker for a new one.",
    "market: order filled": "Nothing is left of this order: choose another.",
    "market: order for another": "The order names another account as its taker: choose another "
    "order.",
    "market: order not in lots": "The order is of no whole number of lots of 10,000 claims, and "
    "cannot be taken: ask its maker for another.",
    "market: order not signed": "The signature is not the maker's for this chain, market and "
    "order: ask for it again.",
    "market: orders do not cross": "The short's price is above the long's: match others.",
    "market: orders on one side": "Of two orders that are matched, the first wants longs and the "
    "second shorts: hand them in so.",
    "market: own order": "Maker and taker are one account: cancel the order instead.",
    "market: owner redeems itself": "The owner has code, which could not tell whose money came: it "
    "redeems by itself, or by an operator that it has named.",
    "market: payment did not arrive": "The token of bitcoin moved another amount than it was told, "
    "and nothing was done: do not use this market.",
    "market: payment failed": "The token of bitcoin refused a payment: look at the payer's balance "
    "and allowance, and whether it blocks either account.",
    "market: price above all": "A price is at most 10,000 ticks, all of the collateral: ask the "
    "order's maker for another.",
    "market: receiver cannot receive": "Claims sent to the market itself or to nobody would be "
    "lost: name another receiver.",
    "market: receiver not the owner": "Only the owner, or its operator, has its claims paid to "
    "somebody else: leave the receiver away.",
    "market: series not open": "Nobody has opened this series: open it first, as anyone may.",
    "market: settle it by its value": "The window is final, and its value counts rather than the "
    "fallback: settle it by that.",
    "market: settled already": "The series is settled: have its claims paid (`terahash swaps "
    "redeem`).",
    "market: too little gas": "A fallback is refused to who brings little gas, since that could "
    "make an instrument fail: send it with at least 2.2 million.",
    "market: too little taken": "The orders that still count hold less than was asked for at "
    "least: look at the book again.",
    "market: too many pairs": "The market counts fewer than 2^80 pairs of a series: mint fewer.",
    "market: two amounts": "The same number of claims is taken of both orders: name one amount.",
    "market: window not over": "The window is not over and final yet: wait. That takes one and a "
    "half to three days from its end.",
    "swap: before the index began": "The window begins before the index's first whole block-day: "
    "let it begin later.",
    "swap: before the relay began": "The window begins before the first epoch that the relay saw "
    "whole: let it begin later.",
    "swap: index has not begun": "The index has no block-day yet, and would count as dead: wait "
    "for its first.",
    "swap: no such kind": "The instrument settles on no such kind: choose one that it has.",
    "swap: unused term not zero": "Region, against and parameter say nothing here: leave them "
    "zero.",
    "swap: window below a day": "A hashprice window is at least a day long: let it end later.",
    "swap: window is empty": "The window ends where it begins, or before: let it end later.",
    "swap: window is known": "The last reading of the window is determined already: choose a later "
    "window.",
    "swap: window too far ahead": "The window ends more than five years ahead, or of epochs 208: "
    "check its unit, and let it end earlier.",
    "swap: window too long": "A window has at most 208 epochs: let it end earlier.",
    "token: amount is zero": "Nothing would be wrapped or unwrapped: give an amount.",
    "token: claims are redeemed": "The series is settled and the token's claims are paid: redeem "
    "tokens instead of wrapping or unwrapping them.",
    "token: initialised already": "The token is of a claim already: there is nothing to do.",
    "token: not the factory": "Only its factory says which claim a token is of: open one there.",
    "token: owner redeems itself": "The owner has code, which could not tell whose money came: it "
    "redeems its tokens itself.",
    "token: payment did not arrive": "The market paid another amount than its share says, and "
    "nothing was done: do not use this token.",
    "token: payment failed": "The token of bitcoin refused a payment: look at whether it blocks "
    "the receiver.",
}
"""Reason, as the contracts give it, to sentence."""

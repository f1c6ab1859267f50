"""Why a vault, a valuation or the registry of vaults refused, in words that say what to do."""

from __future__ import annotations

REASONS = {
    "lens: registry is no contract": "Nothing stands at the registry's address: correct it.",
    "lens: vaults count from one": "The first vault has number one: ask from there on.",
    "registry: borrow not 1..21e14": "A borrow cap is of 1 satoshi to all bitcoin: choose one "
    "between them.",
    "registry: decay not 90..100 %": "A block-day keeps 90 to 100 % of its worth for each day that "
    "it lies ahead: choose a decay between them.",
    "registry: factory is no contract": "Nothing stands at the factory's address: correct it.",
    "registry: fee above 50 %": "At most half of the interest may be kept: choose a lower fee.",
    "registry: fee without receiver": "A fee goes to somebody: name who, or let it be zero.",
    "registry: lltv not 10..95 %": "Loans may be liquidated above 10 to 95 % of what secures them: "
    "choose a liquidation LTV between them.",
    "registry: max rate above 200 %": "The rate at the target is at most 200 % a year: choose a "
    "lower bound.",
    "registry: min borrow above cap": "No loan could ever be large enough: choose a smaller least "
    "loan, or a larger borrow cap.",
    "registry: min borrow below 1000": "A loan below 1,000 satoshi is not worth liquidating: "
    "choose a larger least loan.",
    "registry: min rate below 0.1 %": "The rate at the target is at least 0.1 % a year: choose a "
    "higher bound.",
    "registry: no blueprint": "Nothing stands at the address of a blueprint: correct it.",
    "registry: not an issuance": "Vaults here lend against issuances of one factory alone: name "
    "one of its register (`terahash issuances`).",
    "registry: open already": "A vault with the very same terms is open: use it (`terahash "
    "loans`), or change one of them.",
    "registry: phi above 100 %": "Phi is a part of what is beyond cash: choose at most 100 %.",
    "registry: rate out of bounds": "The rate begins between its own bounds: correct one of the "
    "three.",
    "registry: speed above 100": "The rate moves at a speed of at most 100 a year: choose a lower "
    "one.",
    "registry: steepness not 1..10": "The rate at full utilisation is 1 to 10 times that at the "
    "target: choose a steepness between them.",
    "registry: stress not 10..100 %": "Of the hashprice 10 to 100 % are counted on: choose a "
    "stress between them.",
    "registry: supply not 1..21e14": "A supply cap is of 1 satoshi to all bitcoin: choose one "
    "between them.",
    "registry: target not 1..99 %": "The target is a utilisation of 1 to 99 %: choose one between "
    "them.",
    "registry: uncovered not 1..21e14": "A delivery vault bounds what no cash covers: choose a cap "
    "of 1 satoshi to all bitcoin.",
    "registry: uncovered not 2^256-1": "A cash-covered vault counts no uncovered debt: let that "
    "cap be 2^256 - 1, or open a delivery vault.",
    "registry: valuation not zero": "The registry chooses the valuation: leave it zero.",
    "value: index stale": "The newest closed block-day ended more than four days ago, and this "
    "vault values tokens by the hashprice: advance the index (`terahash-oracle once`), as anyone "
    "may. Repaying needs no price.",
    "vault: above allowance": "The owner has not allowed so many of its shares: ask it for more.",
    "vault: above balance": "The account has fewer shares: choose a smaller amount.",
    "vault: above borrow cap": "The vault lends no more than its borrow cap: borrow less, or wait "
    "until others repay.",
    "vault: above collateral": "The loan has fewer tokens than that: choose a smaller amount.",
    "vault: above max ltv": "The loan would owe more than its tokens allow: borrow less, repay "
    "some, or post more tokens first.",
    "vault: above supply cap": "The vault takes no more than its supply cap: lend less, or wait "
    "until others withdraw.",
    "vault: above uncovered cap": "All loans together would owe more beyond cash than the lenders "
    "have agreed to: borrow less, or post more tokens.",
    "vault: amount too large": "The vault cannot count so many satoshi: choose a smaller amount.",
    "vault: below min borrow": "The loan would be too small to be worth liquidating: borrow at "
    "least the vault's least loan.",
    "vault: bitcoin did not arrive": "The bitcoin token delivered less than it was told to move: "
    "do not use this vault.",
    "vault: bitcoin transfer failed": "The bitcoin token refused to move the money: check the "
    "balance and the allowance, and whether the token has blocked one of the two.",
    "vault: closed by a loss": "The vault keeps tokens of a loan that was lost, and what they earn "
    "is for those who lent then: lend to another.",
    "vault: collateral worthless": "The tokens are worth nothing now, so that none are sold: "
    "liquidate to the reserve (`terahash liquidate --to-reserve`).",
    "vault: debt or collateral": "A liquidation is of so many satoshi or of so many tokens: give "
    "one of the two.",
    "vault: deposits stopped": "The guardian has stopped new deposits: wait. What is lent can be "
    "withdrawn.",
    "vault: issuer has its grace": "The reserve holds less than is owed, and the issuer may still "
    "pay: wait until its grace is over. Where it is, the index is stale: advance it "
    "(`terahash-oracle once`), as anyone may.",
    "vault: loan is healthy": "The loan owes no more than its tokens allow: there is nothing to "
    "liquidate.",
    "vault: loans stopped": "The guardian has stopped new loans: wait. Repaying and withdrawing go "
    "on.",
    "vault: not a borrower": "Nobody could use what is posted for the zero address or the vault "
    "itself: name another borrower.",
    "vault: not authorized": "Only the borrower, or whom it has authorized, may do this: use its "
    "key, or have it run `terahash borrow authorize`.",
    "vault: not enough cash": "The rest is lent out: take less, or wait until loans are repaid, "
    "which the rate brings about.",
    "vault: not the guardian": "Only the guardian stops deposits and loans: use its key.",
    "vault: nothing to borrow": "Zero satoshi cannot be borrowed: name an amount.",
    "vault: nothing to lend": "The amount is less than a share's smallest part: lend more.",
    "vault: nothing to post": "Zero tokens secure nothing: name an amount.",
    "vault: nothing to repay": "The loan owes nothing, or zero satoshi were given: see `terahash "
    "loans --account`.",
    "vault: nothing to withdraw": "There is less than a satoshi, or zero was given: name an "
    "amount.",
    "vault: outside limit": "The tokens' price has moved beyond what you allowed: look at it "
    "again.",
    "vault: receiver cannot receive": "Nobody could use what the zero address or the vault itself "
    "receives: name another receiver.",
    "vault: rewards still to come": "What streams to the tokens will repay a part of what would be "
    "lost: wait a day.",
    "vault: too many shares": "The vault cannot count so many shares: lend less.",
    "vault: valuation says stop": "Nothing is lent while the issuance has sold nothing, is short, "
    "overdue or in default, or its index is stale: see `terahash status`.",
    "vault: worth more than redeemed": "The reserve pays less than the tokens are worth, and the "
    "rest would be lost: have somebody buy them (`terahash liquidate` without --to-reserve).",
}
"""Reason, as the contracts give it, to sentence."""

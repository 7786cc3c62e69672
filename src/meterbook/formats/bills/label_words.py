"""The words by which bills name their fields and charges, as patterns over letters, figures and single blanks.

Variants come from utilities' own pages and bills. Order matters: the first pattern that is found decides, so that what
must not be taken for something else stands before it.
"""

from __future__ import annotations

from meterbook.model.bill_kinds import LineKind

FIELD_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("next_read_date", (
        r"\bnext (scheduled )?(meter )?read", r"\bnext reading",
    )),
    ("after_due", (
        r"\b(if|when) (paid|received) (after|late)", r"\bafter due", r"\b(due|amount|pay|owed) (if )?(after|late)\b",
        r"\blate amount", r"\bafter (the )?(past )?due", r"^after$", r"\bgross (amount|bill)", r"\bpast due after",
        r"\bamount after\b",
    )),
    ("not", (
        r"\bdisconnect", r"\bcut ?off", r"\bdraft", r"\bwithdraw", r"\btransfer date", r"\bautomatic payment",
        r"\bauto ?pay (will|on|date)", r"\blate after", r"\bbank\b", r"\benclosed", r"\bthis time last year",
        r"\blast year", r"\bminimum payment", r"\bpayment plan", r"\barrangement", r"\bassistance",
        r"\bbudget (offer|billing)", r"\byear to date", r"\bytd\b", r"\bsaved\b", r"\bsavings\b", r"\bavoid\b",
        r"\baverage\b", r"\bper day\b", r"\bcost per\b", r"\bcompar", r"\bestimated next", r"\bdonat",
        r"\bdeposit on", r"\bcapital credits? (balance|allocat)", r"\bpledge", r"\bwas due\b", r"\bwould be\b",
    )),
    ("budget_amount", (
        r"^(budget|levelized|level pay(ment)?|equal pay(ment)?)( (payment|bill|plan|billing))?( amount)?( due)?$",
    )),
    ("budget_balance", (
        r"\b(budget|levelized) (balance|variance)", r"\bdeferred balance", r"\baccumulated variance",
        r"\bvariance\b",
    )),
    ("payments", (
        r"\bpayments?( |s )?(received|since|posted|made|applied|credited|as of|through|thru|thank)",
        r"^(less )?(total )?(your )?(last )?payments?$", r"\byour total payments", r"\bthank you",
        r"^payments? (on )?$", r"^payments? and credits$", r"^payment received",
        r"\bpayments? \w* ?(received )?thank you", r"\bamount paid\b", r"^paid$", r"\bless payments?",
    )),
    ("previous_balance", (
        r"\b(previous|prior|beginning|opening|last) (account )?(balance|bill|statement|amount|months? (bill|balance))",
        r"\bprior (months? )?(bill|charges)", r"\bbalance (from|on|at) (your )?(last|previous|prior)",
        r"\b(on|of|from) (your )?(last|previous|prior) (bill|statement|invoice)", r"\bamount due last bill",
        r"\bbalance (last|previous|prior) (bill|statement)", r"\blast bill\b(?! thank)", r"\bprevious amount due",
        r"\bprevious charges",
    )),
    ("due_date", (
        r"\b(due (date|by|on|upon)|date due|pay(ment)? by|pay on or before)$",
        r"\b(payable by|please pay by|payment due( date)?|due)$",
    )),
    ("balance_forward", (
        r"\bbalance (brought |carried )?forward", r"\boutstanding (credit )?balance",
        r"\bremaining (credit )?balance", r"\bunpaid (balance|amount)", r"\bforward balance",
        r"\bcredit balance (forward)?", r"\bbalance before (current|new)", r"^balance$", r"\bcarry ?forward",
    )),
    ("past_due", (
        r"\bpast due( balance| amount| charges)?$", r"^total past due", r"^arrears$", r"^overdue",
    )),
    ("current_charges", (
        r"\b(total )?(current|new) (billing |month s? ?|monthly )?(charges|bill(ing)? (charges|amount|total))\b",
        r"\bcharges (for )?this (month|period|bill|billing period)\b", r"\bthis months? s? ?(charges|bill)",
        r"\btotal current (billing|bill|amount|activity)", r"\bcurrent (amount|billing)$", r"^total new charges",
        r"^current bill$", r"^net current",
    )),
    ("amount_due", (
        r"\b(total|net|account|full|current|new)? ?(amount|balance|bill) (now )?(due|owed|owing|payable)\b",
        r"\btotal (amount )?due\b", r"\bpay this amount", r"\bplease pay( this amount)?$", r"\bamount to pay",
        r"\bnew (account )?balance", r"\btotal (new |account |current )?balance", r"\bcurrent (account )?balance",
        r"\btotal (amount )?(owed|payable)", r"^account balance", r"^directpay amount", r"\byou owe\b", r"^due now$",
        r"^total bill$", r"^amount of bill", r"\bending balance",
    )),
    ("bill_date", (
        r"\b(bill(ing)?|statement|invoice|issue|issued|mailing|mail|date of|print) (issue )?date\b",
        r"\bdate (billed|of (bill|issue|statement|invoice)|issued|mailed|prepared)",
        r"\b(bill|statement|invoice) (issued|prepared|mailed|dated)( on)?$",
        r"^(issued|billed|mailed|prepared)( on)?$", r"^bill mailed", r"\bbilled on$",
    )),
    ("days", (
        r"^(number of )?(billing |service |total )?days( (in|of) (the )?(billing )?(period|service|cycle))?( billed)?$",
        r"^# ?of days", r"^no (of )?days", r"^days (billed|used|of use)",
    )),
    ("period", (
        r"\b(service|billing|bill|read(ing)?|usage|meter(ing)?|charges?) (period|dates?|cycle dates)",
        r"\bfor service", r"\bservice (from|for|to)", r"^from( service)? to$", r"^period( covered)?$", r"^from$",
        r"^service$", r"\bbilling days", r"\bfor the period", r"\bdates of service", r"\bperiod (from|of)",
    )),
    ("account", (
        r"\b(account|acct|customer account|a c) ?(no|num|number|nbr|id)\b", r"^(your )?(account|acct)( #)?$",
    )),
)  # fmt: skip
"""Fields by their labels. ``not`` and ``after_due`` are what a bill prints besides its own amounts and days."""

KIND_WORDS: tuple[tuple[LineKind, tuple[str, ...]], ...] = (
    (LineKind.BUDGET, (
        r"\bbudget (amount|settlement)", r"\blevelized (amount|adj)", r"\bvariance\b",
    )),
    (LineKind.CREDIT_PAPERLESS, (
        r"\bpaperless", r"\be ?bill(ing)? (credit|discount)",
    )),
    (LineKind.CREDIT_AUTOPAY, (
        r"\b(ach|bank draft|auto(matic)? ?pay|autopay)\b.*\b(credit|discount)",
    )),
    (LineKind.CAPITAL_CREDIT, (
        r"\bcapital credit", r"\bcc refund", r"\bpatronage",
    )),
    (LineKind.ROUND_UP, (
        r"\bround ?up", r"\bopru\b", r"\bpower of change", r"\bcare to share",
    )),
    (LineKind.DONATION, (
        r"\bdonation", r"\bshare the warmth", r"^share$", r"\bneighbor to neighbor",
    )),
    (LineKind.LATE_FEE, (
        r"\blate (payment )?(charge|fee|pay)", r"\bpenalty", r"\blost discount", r"\bdelinquen",
    )),
    (LineKind.SERVICE_FEE, (
        r"\breconnect", r"\bconnect(ion)? fee", r"\btrip charge", r"\breturned check", r"\bnsf\b",
        r"\bmembership fee", r"\bservice order",
    )),
    (LineKind.DEPOSIT, (
        r"\bdeposit",
    )),
    (LineKind.LOAD_CONTROL, (
        r"\belectric heat credit", r"\bwater heater (credit|control)", r"\bpeak time rebate",
        r"\bload (control|management)", r"\bcontrolled",
    )),
    (LineKind.CREDIT_GENERATION, (
        r"\bgeneration credit", r"\bexcess (energy|generation)", r"\bexport(ed)? (energy )?credit",
        r"\bsolar credit",
    )),
    (LineKind.NET_METERING, (
        r"\bnet meter", r"\bbanked",
    )),
    (LineKind.GROSS_RECEIPTS_TAX, (
        r"\bgross receipts", r"\bgrt\b",
    )),
    (LineKind.FRANCHISE_FEE, (
        r"\bfranchise",
    )),
    (LineKind.TAX_SALES, (
        r"\bsales (and use )?tax", r"\bsales\b.*\btax",
    )),
    (LineKind.TAX_LOCAL, (
        r"\b(county|city|municipal|local|town|village|parish|utility users|school) (utility |sales )?tax",
        r"\butility users? s? ?tax", r"\bmunicipal .*tax",
    )),
    (LineKind.TAX_STATE, (
        r"\bstate .*tax", r"\btax state", r"\benergy commission tax", r"\bstate tax", r"\btax\b.*\bstate",
    )),
    (LineKind.RENEWABLE_MANDATE, (
        r"\breps\b", r"\brenewable",
    )),
    (LineKind.ENERGY, (
        r"\bbase power cost", r"\bkwh charges?\b", r"^tier \d usage",
    )),
    (LineKind.POWER_COST_ADJUSTMENT, (
        r"\b(wpca|wpa|wpta|pca|pcrf|pcac|pcca|eca)\b",
        r"\b(power|fuel|energy|electric|gas) (cost )?(adj|adjustment|recovery factor)", r"\bpower (supply )?cost",
        r"\bfuel (charge|factor|cost|adjustment)", r"\bwholesale", r"\bpower charge indifference", r"\bcost of debt",
        r"\bdebt cost", r"\brto rider",
    )),
    (LineKind.LIGHT, (
        r"\b(yard|security|area|outdoor|safe ?guard|street|flood|sec) ?(light|lt)", r"\blighting", r"\blights?\b",
        r"\bwatt (led|hps|mh)\b",
    )),
    (LineKind.STORMWATER, (
        r"\bstorm ?water", r"\bdrainage",
    )),
    (LineKind.SEWER, (
        r"\bsewer", r"\bwaste ?water",
    )),
    (LineKind.GARBAGE, (
        r"\bgarbage", r"\btrash", r"\bsanitation", r"\brefuse", r"\brecycl", r"\bsolid waste",
    )),
    (LineKind.INTERNET, (
        r"\binternet", r"\bpowernet", r"\bbroadband", r"\bfiber",
    )),
    (LineKind.DEMAND, (
        r"\bdemand (charge|cost)", r"\bkw demand", r"\bbilling demand",
        r"\b(on peak|maximum|distribution|peak) (demand|kw)\b", r"^demand$",
    )),
    (LineKind.DELIVERY, (
        r"\bstorage service", r"\breservation",
    )),
    (LineKind.FIXED_CHARGE, (
        r"\b(customer|basic|base|fixed|minimum) (service |facilit(y|ies) |monthly )?(charge|fee)",
        r"\b(availability|meter|member|account) (service |facilit(y|ies) |monthly )?(charge|fee)",
        r"\b(customer )?service (availability|charge)", r"\bfacilit(y|ies) (use )?charge", r"\bavailability",
        r"\baccess (fee|charge)", r"\bgrid (access|service)", r"\bmonthly (service )?(charge|minimum)",
        r"\bbase facilit", r"^minimum$", r"\bdaily charge",
    )),
    (LineKind.PROGRAM, (
        r"\benergy efficiency", r"\bsystem benefit", r"\bwe care", r"\bpublic purpose", r"\bassistance surcharge",
        r"\blow income", r"\benvironmental (charge|cost)", r"\benergy waste", r"\bpublic benefits?",
    )),
    (LineKind.DELIVERY, (
        r"\bdeliver", r"\bdistribution", r"\btransmission", r"\btcos\b",
    )),
    (LineKind.SUPPLY, (
        r"\bsupply\b", r"\bsupplier", r"\bgeneration\b", r"\bmerchant function",
    )),
    (LineKind.WATER_USAGE, (
        r"\bwater( usage| use| consumption| volume| charge)?$", r"\bwater (usage|use|consumption|charge|tier|volum)",
    )),
    (LineKind.ENERGY, (
        r"\benergy\b", r"\bkwh\b", r"\b(electric|gas|heat) (charge|usage|service charge|consumption)",
        r"^usage( charge)?$", r"\b(off |on |super off |mid |part )?peak\b", r"\btier \d", r"\bblock \d",
        r"\b(first|next|over) [\d ]+(kwh|therms?|ccf|units?)\b", r"\belectricity\b", r"^electric$",
        r"\bbaseline credit", r"^current service$", r"\bgas cost recovery", r"\btherms\b",
    )),
    (LineKind.FEE, (
        r"\bfee\b", r"\bcommission surcharge", r"\bregulatory",
    )),
    (LineKind.ADJUSTMENT, (
        r"\badjustment", r"\bcorrection", r"\bbalancing account", r"\bsecuritization",
    )),
)  # fmt: skip
"""Kinds of line items by their labels."""

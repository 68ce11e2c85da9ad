"""A balance and a recovery are told line by line, to the cent."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

from avenant.domain.funding.payments import Balance, Instalment, Method, settle
from avenant.domain.funding.recovery import TakenBack, computation


def _told(balance: Balance, taken: TakenBack, compliant: str, method: Method = Method.B) -> list[tuple[str, str, bool]]:
    steps = computation(balance, taken, compliant=D(compliant), rate="40 %", method=method)
    return [(one.label, str(one.amount), one.result) for one in steps]


def _struck(compliant: str, paid: str, method: Method = Method.B) -> Balance:
    rows = [Instalment(number=1, amount=D("40000.00"), paid=D(paid))]
    return settle(
        granted=D("40000.00"), rate=Fraction(2, 5), compliant=D(compliant), instalments=rows, method=method
    )  # fmt: skip


def test_a_recovery_is_found_again_with_a_pencil() -> None:
    balance = _struck("27000.33", "15360.00")
    taken = TakenBack(unspent=balance.recovered, recovered=balance.recovered)
    assert _told(balance, taken, "27000.33") == [
        ("Dépenses acceptées", "27000.33", False), ("Aide sur ces dépenses", "10800.13", False),
        ("Aide en vigueur", "40000.00", False), ("Aide due", "10800.13", True), ("Versé", "15360.00", False),
        ("À récupérer", "4559.87", True),
    ]  # fmt: skip


def test_what_came_back_already_and_the_penalty_are_lines_of_the_computation() -> None:
    balance = _struck("20000.00", "16000.00")
    taken = TakenBack(unspent=D(8000), back=D(1000), repaid=D(500), recovered=D(6500), penalty=D(650))
    told = _told(balance, taken, "20000.00")[-5:]
    assert told == [
        ("Versé au-delà de l’aide due", "8000", True), ("Déjà revenu, ou remis, par une récupération", "-1000", False),
        ("Déjà remboursé du prêt, part non employée", "-500", False), ("Pénalité de la convention", "650", False),
        ("À récupérer", "7150", True),
    ]  # fmt: skip


def test_what_is_left_to_pay_ends_the_computation_and_method_a_has_no_rate() -> None:
    balance = _struck("30000.00", "10000.00", Method.A)
    nothing = TakenBack(unspent=D(0), recovered=D(0))
    assert _told(balance, nothing, "30000.00", Method.A) == [
        ("Dépenses acceptées", "30000.00", False), ("Aide en vigueur", "40000.00", False),
        ("Aide due", "30000.00", True), ("Versé", "10000.00", False), ("Reste à verser", "20000.00", True),
    ]  # fmt: skip
    even = _struck("25000.00", "10000.00")
    assert _told(even, nothing, "25000.00")[-1] == ("Versé", "10000.00", False), "all is paid, nothing is asked"

"""Aids that a funder writes on its envelope for an establishment: seen by the check across funders, in its own dossiers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.allocation import envelope_of
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.reviews import NOVEMBER, complete_dossier, give_all, instruct, mark

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.imports import services as imports
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.allocation.models import Aid, Envelope
from avenant.funding.allocation.services import correcting, envelopes
from avenant.funding.allocation.services.envelopes import AidSaid, Expense
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.services.catalogue import take_up_catalogue
from avenant.funding.reviews.models import PartnerAid
from avenant.funding.reviews.selectors.checks import list_conflicts, list_matches
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.selectors.unlined import list_unlined, list_unsettled

pytestmark = pytest.mark.django_db
WORK = "Accompagnement des équipes"


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives on the day of these acts."""
    monkeypatch.setattr(clock, "now", lambda: NOVEMBER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    """One expense of 100 000 €, from 15 January 2024 to 31 December 2025."""
    made = complete_dossier(cast, call)
    instruct(cast, made)
    return made


@pytest.fixture
def envelope(cast: FundingCast) -> Envelope:
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
    return envelope_of(cast.fund, "30000", source="contrat_prevention")


def declare(cast: FundingCast, envelope: Envelope, **more: Any) -> Aid:
    place = Establishment.objects.get(finess_et="99B000001")
    said = {"subject": WORK, "granted": Decimal(9_000), "on": date(2024, 2, 1), "establishment": place, **more}
    with acting_as(cast.fund):
        return envelopes.declare_aid(actor=cast.fund, envelope_id=envelope.pk, said=AidSaid(**said), at=NOVEMBER)


def test_an_aid_written_on_an_envelope_meets_the_expenses_of_the_establishment(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    made = declare(cast, envelope, expense=Expense(cost=Decimal(100_000), invoice="FA-7"))
    assert made.told is not None
    assert (made.beneficiary, made.told.invoice) == (made.told.establishment.name, "FA-7")
    with acting_as(cast.examiner):
        row = get_instruction(cast.examiner, dossier.pk)
        (match,) = list_matches(cast.examiner, row)
        told = list_conflicts(cast.examiner, row, [match])
        assert list_unlined(cast.examiner, row) == []
        assert list_unsettled(cast.examiner, row) == ["1 rapprochement"]
    assert (match.page, match.score >= 50) == (envelope.page(), True)
    assert [one.codes for one in told.clashes] == [("clact", "contrat-prevention")]
    page = signed_in(cast.examiner).get(reverse("reviews:checks", args=[dossier.pk])).content.decode()
    assert envelope.page() in page
    assert envelope.page() in signed_in(cast.labour).get(reverse("reviews:aids")).content.decode()


def test_a_page_ready_to_be_concluded_beside_other_money_keeps_to_twenty_queries(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    """The costliest state of an instruction: every table of the ledger has a row, and nothing is left to do."""
    declare(cast, envelope, subject="Soutien", expense=Expense(cost=Decimal(9_000)))
    header = "Numéro;Bénéficiaire;SIRET ou FINESS;Montant accordé;Date de décision;À consommer jusqu’au;Dépense;Coût HT"
    aid = "C-1;CH;99B000001;30 000;15/03/2022;31/12/2022;Ateliers;30 000"
    with acting_as(cast.officer):
        sent = imports.receive_file(
            actor=cast.officer, kind="aides", filename="a.csv", content=f"{header}\n{aid}".encode(), at=NOVEMBER
        )
        imports.confirm_import(actor=cast.officer, import_id=sent.pk, at=NOVEMBER)
    give_all(cast, dossier)
    mark(cast, dossier)
    for reader in (cast.examiner, cast.officer):
        client = signed_in(reader)
        for name in ("instruction", "study", "opinions", "grid", "checks", "supplements", "exchanges"):
            with CaptureQueriesContext(connection) as told:
                page = client.get(reverse(f"reviews:{name}", args=[dossier.pk])).content.decode()
            asked = [one["sql"] for one in told if "SAVEPOINT" not in one["sql"]]  # the tests' own
            assert len(asked) <= 20, (reader.name, name, len(asked), asked)
            if name == "instruction":
                assert "Conclure l’instruction" in page
                assert any("grants_pastexpense" in one for one in asked), "the ledger is read"


def test_without_its_cost_it_is_looked_at_whole(cast: FundingCast, dossier: Dossier, envelope: Envelope) -> None:
    declare(cast, envelope, subject="Soutien à la prévention", granted=Decimal(0), reserved=Decimal(500))
    with acting_as(cast.examiner):
        (found,) = list_unlined(cast.examiner, get_instruction(cast.examiner, dossier.pk))
    assert (found.amount, found.page) == (Decimal(500), envelope.page())
    assert found.why.startswith("Coût inconnu")


def test_the_source_is_named_when_the_catalogue_names_no_scheme(cast: FundingCast, dossier: Dossier) -> None:
    own = envelope_of(cast.fund, "30000", source="autre")
    declare(cast, own, granted=Decimal(0), reserved=Decimal(500))
    with acting_as(cast.examiner):
        row = get_instruction(cast.examiner, dossier.pk)
        (match,) = list_matches(cast.examiner, row)
        assert list_conflicts(cast.examiner, row, [match]).clashes == []
    assert match.other_label.startswith("Autre source, réservée")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"establishment": None}, "Choisissez l’établissement"),
        ({"establishment": None, "beneficiary": "Forum"}, "dit ce qu’il est"),
        ({"outside": "association"}, "videz l’autre"),
        ({"granted": Decimal(0)}, "montant positif"),
        ({"expense": Expense(cost=Decimal("8999.99"))}, "ne dépasse pas le coût"),
        ({"until": date(2024, 1, 31)}, "finit après"),
    ],
)
def test_an_aid_says_whom_it_helps(cast: FundingCast, envelope: Envelope, said: dict[str, Any], why: str) -> None:
    with pytest.raises(DomainError, match=why):
        declare(cast, envelope, **said)
    with acting_as(cast.fund):
        assert Envelope.objects.get(pk=envelope.pk).held == 0
        assert not PartnerAid.objects.exists()


def test_the_same_aid_is_not_told_twice(cast: FundingCast, envelope: Envelope) -> None:
    declare(cast, envelope)
    with pytest.raises(DomainError, match="déjà déclarée"):
        declare(cast, envelope)
    declare(cast, envelope, granted=Decimal("9000.01"))
    declare(cast, envelope, establishment=None, beneficiary="Forum", outside="événement")
    with acting_as(cast.fund):
        assert (Aid.objects.count(), PartnerAid.objects.count()) == (3, 2)


def test_an_aid_outside_the_directory_sent_twice_is_drawn_once(cast: FundingCast, envelope: Envelope) -> None:
    said: dict[str, Any] = {"establishment": None, "beneficiary": "Forum", "outside": "événement"}
    declare(cast, envelope, **said)
    with pytest.raises(DomainError, match="déjà inscrite"):
        declare(cast, envelope, **said)
    declare(cast, envelope, **said, on=date(2024, 2, 2))
    with acting_as(cast.fund):
        assert Envelope.objects.get(pk=envelope.pk).held == Decimal(18_000)


def test_the_establishment_is_found_by_its_words_then_chosen(cast: FundingCast, envelope: Envelope) -> None:
    client, address = signed_in(cast.fund), reverse("allocation:declare-aid", args=[envelope.pk])
    said = {"aid-subject": WORK, "aid-nature": "project", "aid-granted": "9 000,50", "aid-on": "2024-02-01"}
    nowhere = client.post(address, {**said, "aid-establishment": "introuvable"})
    assert nowhere.status_code == 422
    assert "L’annuaire n’a pas cet établissement" in nowhere.content.decode()
    assert WORK in nowhere.content.decode()
    places = [
        Establishment.objects.create(
            name=f"Clinique des Acacias {name}", folded=f"clinique des acacias {name}", finess_et=number
        )
        for name, number in (("nord", "99B000011"), ("sud", "99B000012"))
    ]
    several = client.post(address, {**said, "aid-establishment": "clinique acacias"}).content.decode()
    assert "2 établissements répondent" in several
    assert f'<option value="{places[1].pk}">' in several
    assert client.post(address, {**said, "aid-establishment": str(places[1].pk)}).status_code == 302
    assert client.post(address, {**said, "aid-establishment": "99B000001"}).status_code == 302
    with acting_as(cast.fund):
        kept = {one.establishment.name for one in PartnerAid.objects.select_related("establishment")}
        assert places[1].name in kept
        assert Envelope.objects.get(pk=envelope.pk).held == Decimal("18001.00")


def changed(cast: FundingCast, envelope: Envelope, aid: Aid, *, by: Any = None, **more: Any) -> Aid:
    """The aid said otherwise on its envelope."""
    actor = by or cast.fund
    said = {"subject": WORK, "granted": Decimal(9_000), "on": date(2024, 2, 1),
            "expense": Expense(cost=Decimal(100_000), invoice="FA-7"), **more}  # fmt: skip
    with acting_as(actor):
        fresh = Aid.objects.select_related("told").get(pk=aid.pk)
        return correcting.correct_aid(
            actor=actor, envelope_id=envelope.pk, aid_id=aid.pk, said=AidSaid(**said), reason="Avenant signé.",
            seen=correcting.aid_mark(fresh), at=NOVEMBER,
        )  # fmt: skip


def taken_off(cast: FundingCast, envelope: Envelope, aid: Aid, *, by: Any = None, reason: str = "Renoncement.") -> None:
    actor = by or cast.fund
    with acting_as(actor):
        correcting.withdraw_aid(actor=actor, envelope_id=envelope.pk, aid_id=aid.pk, reason=reason, at=NOVEMBER)


def held(cast: FundingCast, envelope: Envelope) -> Decimal:
    with acting_as(cast.fund):
        return Envelope.objects.get(pk=envelope.pk).held


def test_an_aid_corrected_on_its_envelope_moves_the_envelope_and_what_is_compared(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    aid = declare(cast, envelope, expense=Expense(cost=Decimal(100_000), invoice="FA-7"))
    assert aid.told is not None
    made = changed(cast, envelope, aid, granted=Decimal("12000.50"))
    assert made.told is not None
    assert (held(cast, envelope), made.told.amount) == (Decimal("12000.50"), Decimal("12000.50"))
    with acting_as(cast.fund):
        before = PartnerAid.objects.get(pk=aid.told_id)
        assert (before.next_id, before.amount) == (made.told_id, 9_000)
    paid = changed(cast, envelope, aid, granted=Decimal("12000.50"), paid=Decimal(4_000))
    assert (paid.told_id, paid.paid) == (made.told_id, 4_000), "what is paid is not compared: nothing to look at again"
    changed(cast, envelope, aid, granted=Decimal(30_000))
    with pytest.raises(DomainError, match="enveloppe"):
        changed(cast, envelope, aid, granted=Decimal("30000.01"))
    assert held(cast, envelope) == 30_000
    page = signed_in(cast.labour).get(envelope.page()).content.decode()
    assert "Avenant signé." in page
    assert aid.page() in page


def test_an_aid_withdrawn_from_its_envelope_gives_its_money_back(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    aid = declare(cast, envelope, expense=Expense(cost=Decimal(100_000), invoice="FA-7"))
    outside = declare(cast, envelope, establishment=None, beneficiary="Forum", outside="événement")
    with pytest.raises(DomainError, match="Dites pourquoi"):
        taken_off(cast, envelope, aid, reason=" ")
    taken_off(cast, envelope, aid)
    assert held(cast, envelope) == 9_000
    with acting_as(cast.fund):
        assert PartnerAid.objects.get(pk=aid.told_id).withdrawn
        assert Event.objects.filter(subject=envelope.pk, reason="Renoncement.").count() == 1
    taken_off(cast, envelope, outside)
    assert held(cast, envelope) == 0
    with pytest.raises(DomainError, match="n’est plus sur cette enveloppe"):
        taken_off(cast, envelope, aid)
    stale = signed_in(cast.fund).post(
        reverse("allocation:withdraw-aid", args=[envelope.pk, aid.pk]), {"withdraw-reason": "Encore"}, follow=True
    )
    assert "n’est plus sur cette enveloppe" in stale.content.decode()


def test_its_funder_alone_changes_an_aid_of_an_envelope_and_never_that_of_a_dossier(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    aid = declare(cast, envelope)
    for act in (changed, taken_off):
        with pytest.raises(Refused, match="tenue par CGSS"):
            act(cast, envelope, aid, by=cast.officer)
    followed = declare(cast, envelope, establishment=None, beneficiary="CH", dossier_id=dossier.pk)
    with pytest.raises(Refused, match="suit la décision"):
        taken_off(cast, envelope, followed)
    client, other = signed_in(cast.fund), signed_in(cast.labour)
    assert "Retirer cette aide" in client.get(aid.page()).content.decode()
    assert "Retirer cette aide" not in other.get(aid.page()).content.decode()
    assert "tenue sur son enveloppe" in client.get(aid.told.story()).content.decode() if aid.told else False
    assert (
        other.post(
            reverse("allocation:withdraw-aid", args=[envelope.pk, aid.pk]), {"withdraw-reason": "Non"}
        ).status_code
        == 403
    )


def test_two_people_who_correct_at_once_do_not_overwrite_each_other(
    cast: FundingCast, dossier: Dossier, envelope: Envelope
) -> None:
    aid = declare(cast, envelope)
    client, address = signed_in(cast.fund), reverse("allocation:correct-aid", args=[envelope.pk, aid.pk])
    page = client.get(aid.page()).content.decode()
    seen = page.partition('name="correct-seen" value="')[2].partition('"')[0]
    typed = {"correct-subject": WORK, "correct-nature": "project", "correct-granted": "9 500", "correct-on": "2024-02-01",
             "correct-reason": "Avenant.", "correct-seen": seen}  # fmt: skip
    assert client.post(address, typed).status_code == 302
    late = client.post(address, {**typed, "correct-granted": "9 600"})
    assert late.status_code == 422
    words = late.content.decode()
    assert "a changé depuis que vous avez ouvert la page" in words
    assert "9 600" in words
    assert held(cast, envelope) == 9_500
    again = words.partition('name="correct-seen" value="')[2].partition('"')[0]
    assert client.post(address, {**typed, "correct-granted": "9 600", "correct-seen": again}).status_code == 302
    assert held(cast, envelope) == 9_600

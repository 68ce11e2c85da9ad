"""The terms of the loaded texts, at their own dates: notice, validity, duration, yearly report of the convention."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.apps.contracts.test_requirements import MARTINIQUE, PACA, _sign, contract, people
from tests.support.acts import noon
from tests.support.roles import as_system

from avenant.contracts.amendments import services as amendments
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.drafting import selectors
from avenant.domain.contracts.amending import Verb
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import Event
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Committee
from avenant.foundations.meetings.services.reports import ReportText
from avenant.foundations.parties.actors import acting_as
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.FILES = tmp_path / "files"


@pytest.mark.req("S0-T3-04")
@pytest.mark.parametrize(
    ("signed", "effect", "accepted"),
    [
        (date(2024, 6, 15), date(2024, 9, 14), False),
        (date(2024, 6, 15), date(2024, 9, 15), True),
        (date(2024, 6, 15), date(2024, 9, 16), True),
        (date(2024, 11, 30), date(2025, 2, 28), True),
        (date(2024, 11, 30), date(2025, 2, 27), False),
    ],
)
def test_the_convention_ends_three_months_after_the_last_signature(signed: date, effect: date, accepted: bool) -> None:
    actors, row, at = people(MARTINIQUE), contract(MARTINIQUE), noon(signed)
    draft = amendments.AmendmentDraft(Amendment.Kind.TERMINATION, "Résiliation", effective_on=effect)
    with acting_as(actors[0]):
        if not accepted:
            with pytest.raises(DomainError, match="au plus tôt"):
                amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=draft, at=at)
            return
        amendment = amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=draft, at=at)
        amendments.open_amendment(actor=actors[0], contract_id=row.pk, amendment_id=amendment.pk, at=at)
    assert _sign(amendment, row, actors, at).effective_on == effect
    assert contract(MARTINIQUE).ends_on == effect - timedelta(days=1)


@pytest.mark.req("S3-9-02")
def test_the_paca_contract_changes_in_content_or_duration_during_its_validity_only() -> None:
    actors, row = people(PACA), contract(PACA)
    last, late = noon(date(2029, 12, 31)), noon(date(2030, 1, 1))
    content = amendments.AmendmentDraft(Amendment.Kind.CONTENT, "Contenu")
    with acting_as(actors[0]):
        amendment = amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=content, at=last)
        change = amendments.ChangeDraft(Verb.REWRITE, "art-8", heading="Confidentialité", body="Texte revu.")
        amendments.change_clause(actor=actors[0], contract_id=row.pk, amendment_id=amendment.pk, change=change, at=last)
        amendments.open_amendment(actor=actors[0], contract_id=row.pk, amendment_id=amendment.pk, at=last)
    with pytest.raises(DomainError, match="a pris fin"):
        _sign(amendment, row, actors, late)
    assert _sign(amendment, row, actors, last).state == "applied"
    duration = amendments.AmendmentDraft(Amendment.Kind.DURATION, "Durée", new_ends_on=date(2030, 12, 31))
    with acting_as(actors[0]):
        with pytest.raises(Refused, match="a pris fin"):
            amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=duration, at=late)
        longer = amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=duration, at=last)
        amendments.open_amendment(actor=actors[0], contract_id=row.pk, amendment_id=longer.pk, at=last)
    longer = _sign(longer, row, actors, last)
    assert contract(PACA).ends_on == date(2030, 12, 31)
    assert longer.former_ends_on == date(2029, 12, 31)
    with as_system():
        event = Event.objects.get(verb="amendment.sign_last", subject=longer.pk)
    assert event.evidence["dernier jour avant"] == "2029-12-31"
    with acting_as(actors[0]):
        text = selectors.legal_text(actors[0], row, date(2029, 12, 31))
    assert next(one.body for one in text.clauses if one.key == "art-8") == "Texte revu."


def test_the_yearly_report_of_the_convention_is_written_and_adopted_by_its_secretariat() -> None:
    ars, cgss, deets = people(MARTINIQUE)
    at = noon(date(2025, 11, 3))
    with as_system():
        list(set_up_committees(at=at))
    with acting_as(ars):
        committee = Committee.objects.get(key=f"follow-up-{MARTINIQUE}")
        assert committee.secretariat_id == ars.organisation_id
        report = meetings.open_report(actor=ars, committee_id=committee.pk, year=2025, at=at)
        text = ReportText("Socle diffusé.", "", no_difficulty=True, prospects="Une nouvelle convention.")
        meetings.write_report(actor=ars, report_id=report.pk, text=text, at=at)
    for one in (cgss, deets):
        with acting_as(one):
            said = ReportText("Socle diffusé à tous.", "", no_difficulty=True, prospects="Une nouvelle convention.")
            meetings.write_report(actor=one, report_id=report.pk, text=said, at=at)
    with acting_as(ars):
        adopted = meetings.adopt_report(actor=ars, report_id=report.pk, at=at)
    titles = [one["title"] for one in adopted.content["sections"]]
    assert titles[:3] == ["Acquis de la coopération", "Difficultés éventuelles", "Perspectives de développement"]
    assert adopted.state == "adopted"

"""Agents of each institution on the establishments that they follow; partners and whom they call."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.urls import reverse
from tests.support.cast import actor
from tests.support.clients import signed_in
from tests.support.establishments import make_siret
from tests.support.roles import as_system

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.accounts.models import User
from avenant.foundations.contacts import selectors, services
from avenant.foundations.contacts.models import Contact, ContactList, ExchangeContent
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.site import appointing

pytestmark = pytest.mark.django_db
AT = datetime(2023, 3, 3, 9, tzinfo=UTC)
MARTINIQUE, GUADELOUPE = "convention-martinique-2022-2025", "cpom-guadeloupe-2025-2030"


class Convention:
    """The convention of Martinique in force, its lists opened by the job, an agent in each of three institutions."""

    def __init__(self) -> None:
        with as_system():
            self.contract = Contract.objects.get(key=MARTINIQUE)
            Contract.objects.filter(pk=self.contract.pk).update(state="in_force", starts_on=date(2022, 1, 1))
            appointing.open_lists(at=AT)
            load_directory([DirectoryLine(siret=make_siret(41), name="Blanchisserie fictive")])
            load_directory([DirectoryLine(siret=make_siret(42), name="Scierie fictive")])
            self.site, self.other_site = (Establishment.objects.get(siret=make_siret(rank)) for rank in (41, 42))
            self.agents = {
                key: actor(Organisation.objects.get(key=key), f"Agent {key}", role)
                for key, role in (
                    ("ars-martinique", Role.ADMINISTRATOR), ("cgss-martinique", Role.FUND_CORRESPONDENT),
                    ("deets-martinique", Role.LABOUR_LEAD),
                )
            }  # fmt: skip

    def lists(self) -> dict[str, ContactList]:
        with as_system():
            rows = ContactList.objects.filter(circle_id=self.contract.circle_id).select_related("organisation", "unit")
            return {str(one.organisation.key): one for one in rows}

    def appoint(self, key: str, *sites: Establishment) -> Contact:
        who = self.agents[key]
        with acting_as(who):
            mailbox = User.objects.get(pk=who.person_id).email
            draft = services.ContactDraft(
                "Contrôleur", date(2022, 1, 1), mailbox=mailbox.upper(), phone="05 96 00 00 00", name=who.name,
                ends_on=date(2030, 1, 1), establishments=sites, fictional=True,
            )  # fmt: skip
            return services.add_contact(actor=who, list_id=self.lists()[key].pk, draft=draft, at=AT)


@pytest.mark.req("S0-6-01")
def test_the_lists_of_three_institutions_open_when_the_convention_takes_effect() -> None:
    made = Convention()
    found = made.lists()
    assert {str(one).split(", ")[-1] for one in found.values()} >= {"Pôle Travail"}
    assert found["cgss-martinique"].unit is not None
    assert "Prévention" in found["cgss-martinique"].unit.name
    assert found["ars-martinique"].unit is None
    assert {one.opened_on for one in found.values()} == {date(2022, 1, 1)}, "the day of entry into force"
    made.appoint("cgss-martinique", made.site)
    page = unescape(signed_in(made.agents["ars-martinique"]).get(found["ars-martinique"].page()).content.decode())
    for shown in (
        "Agent cgss-martinique", "Contrôleur", "05 96 00 00 00", "Blanchisserie fictive", "1er janvier 2022",
        "jusqu’au 1er janvier 2030",
    ):  # fmt: skip
        assert shown in page, shown
    assert User.objects.get(pk=made.agents["cgss-martinique"].person_id).email.upper() in page


@pytest.mark.req("S0-6-02")
def test_agents_find_who_follows_an_establishment_and_note_their_exchange() -> None:
    made = Convention()
    for key in ("cgss-martinique", "deets-martinique", "ars-martinique"):
        made.appoint(key, made.site)
    fund = made.agents["cgss-martinique"]
    address = reverse("contacts:exchanges", args=[made.site.pk])
    client = signed_in(fund)
    page = unescape(client.get(address).content.decode())
    followers = page[page.index('id="qui"') : page.index('id="echanges"')]
    for agent in ("Agent cgss-martinique", "Agent deets-martinique", "Agent ars-martinique"):
        assert agent in followers
    with as_system():
        own, theirs = (Contact.objects.get(name=f"Agent {key}-martinique") for key in ("cgss", "deets"))
    said = {
        "giver": own.pk,
        "receiver": theirs.pk,
        "on": "2023-02-01",
        "subject": "Bruit à l’atelier",
        "text": "Visite commune.",
    }
    assert client.post(address, said).status_code == 302
    shown = unescape(client.get(address).content.decode())
    row = shown[shown.index('id="echanges"') : shown.index("Noter un échange")]
    for words in (
        "1er février 2023",
        "Agent cgss-martinique",
        "Agent deets-martinique",
        "Bruit à l’atelier",
        "Visite commune.",
    ):
        assert words in row, words
    assert "Blanchisserie fictive" in shown
    wrong = client.post(address, {**said, "receiver": own.pk})
    assert wrong.status_code == 200, "not among the agents of other institutions"
    assert "Bruit à l’atelier" in unescape(wrong.content.decode()), "what was typed stays"
    with acting_as(fund), pytest.raises(DomainError, match="à venir"):
        services.log_exchange(
            actor=fund, establishment=made.site, giver_id=own.pk, receiver_id=theirs.pk, on=date(2023, 3, 4), subject="x",
            text="", at=AT,
        )  # fmt: skip


@pytest.mark.req("S0-6-04")
def test_what_was_said_is_read_by_who_follows_the_establishment_alone() -> None:
    made = Convention()
    own, theirs = made.appoint("deets-martinique", made.site), made.appoint("ars-martinique", made.site)
    made.appoint("cgss-martinique", made.other_site)
    labour, fund = made.agents["deets-martinique"], made.agents["cgss-martinique"]
    with acting_as(labour):
        services.log_exchange(
            actor=labour, establishment=made.site, giver_id=own.pk, receiver_id=theirs.pk, on=date(2023, 2, 1),
            subject="Bruit à l’atelier", text="Visite commune.", at=AT,
        )  # fmt: skip
    address = reverse("contacts:exchanges", args=[made.site.pk])
    outside = unescape(signed_in(fund).get(address).content.decode())
    row = outside[outside.index('id="echanges"') : outside.index("Noter un échange")]
    assert "1er février 2023" in row
    assert "Pôle Travail" in row
    for hidden in ("Bruit à l’atelier", "Visite commune.", "Agent deets-martinique"):
        assert hidden not in row
    assert "Vous ne suivez pas cet établissement" in outside
    assert signed_in(fund).post(address, {"subject": "x"}).status_code == 403
    with acting_as(fund), pytest.raises(Refused, match="ne suivez pas"):
        services.log_exchange(
            actor=fund, establishment=made.site, giver_id=own.pk, receiver_id=theirs.pk, on=date(2023, 2, 1), subject="x",
            text="", at=AT,
        )  # fmt: skip
    for reader in (labour, made.agents["ars-martinique"]):
        assert "Bruit à l’atelier" in unescape(signed_in(reader).get(address).content.decode())
    colleague = actor(Organisation.objects.get(key="deets-martinique"), "Collègue", Role.READER)
    assert "Bruit à l’atelier" not in unescape(signed_in(colleague).get(address).content.decode())
    with acting_as(fund):
        assert selectors.list_exchanges(fund, made.site.pk, on=AT.date())[0][1] is None
    with as_system():
        assert ExchangeContent.objects.count() == 1


@pytest.mark.req("S1-III.S-03")
def test_the_partners_of_the_pdp_are_in_the_directory_with_whom_they_call() -> None:
    with as_system():
        contract = Contract.objects.get(key=GUADELOUPE)
        service = Organisation.objects.get(key="cist-97-1")
        listing = services.open_list(
            circle_id=contract.circle_id, organisation=service, opened_on=date(2025, 1, 1), at=AT
        )
        manager, fund = (
            actor(service, "Responsable", Role.SERVICE_MANAGER),
            actor(Organisation.objects.get(key="cgss-guadeloupe"), "Correspondante", Role.FUND_CORRESPONDENT),
        )
    draft = services.ContactDraft(
        "Référente PDP", date(2022, 1, 1), name="Agente fictive", mailbox="pdp@demo.invalid", fictional=True
    )
    with acting_as(manager):
        contact = services.add_contact(actor=manager, list_id=listing.pk, draft=draft, at=AT)
    client = signed_in(manager)
    for name in ("Cap emploi", "Agefiph"):
        answer = client.post(reverse("contacts:add-partner", args=[contact.pk]), {"name": name, "domain": "pdp"})
        assert answer.status_code == 302
    page = unescape(signed_in(fund).get(reverse("contacts:contacts"), {"partenaires": "pdp"}).content.decode())
    block = page[page.index('id="partenaires"') : page.index("Tous les contacts")]
    for shown in ("Cap emploi", "Agefiph", "Référente PDP", "Agente fictive", "pdp@demo.invalid"):
        assert shown in block, shown
    assert (
        signed_in(fund)
        .post(reverse("contacts:add-partner", args=[contact.pk]), {"name": "x", "domain": "pdp"})
        .status_code
        == 403
    )
    with acting_as(manager), pytest.raises(DomainError, match="déjà"):
        services.name_partner(actor=manager, contact_id=contact.pk, name="Agefiph", domain="pdp", at=AT)

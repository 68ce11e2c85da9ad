"""An aid in the browser: instructed, judged by each institution, decided, signed, paid, accounted for, closed."""

from __future__ import annotations

import re

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, confirm, enter, go, no_violation
from tests.support import server

pytestmark = [pytest.mark.journey, pytest.mark.slow]

OFFICER, EXAMINER, DECIDER = "Chargée d’appel à projets", "Instruction, ARS", "Direction, ARS"
DIRECTOR, FUND, LABOUR = "Ariel Démo", "Prévention, CGSS", "Pôle Travail, DEETS"
WINTER = "clact-demonstration-hiver-2026"
PDF = b"%PDF-1.4\n%essai\n%%EOF\n"


def leave_one_dossier(platform: Platform) -> None:
    """The two other dossiers of the winter call are withdrawn: nobody of the demonstration answers for them."""
    with psycopg.connect(server.CLUSTER.url("postgres", platform.database), autocommit=True) as connection:
        connection.execute(
            "UPDATE dossiers_dossier SET state = 'withdrawn' WHERE number LIKE 'CLACT-DEMONSTRATION-HIVER%'"
            " AND name NOT LIKE '%Mornes%'"
        )


def press(page: Page, name: str, told: str, *, asks: bool = False) -> None:
    """Press a button, confirm when it asks, read what the page says."""
    page.get_by_role("button", name=name, exact=True).first.click()
    if asks:
        confirm(page)
    expect(page.locator("#messages")).to_contain_text(told)


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")


def pass_time(page: Page, step: str) -> None:
    """Move the demonstration's clock."""
    page.get_by_role("button", name=step, exact=True).click()
    page.wait_for_load_state()


def complete(director: Page, officer: Page) -> None:
    """The establishment answers the request of the authority, which accepts."""
    go(director.get_by_role("link", name=re.compile("Compléter le dossier")).first)
    no_violation(director)
    director.get_by_label(re.compile("Nombre de journées")).fill("24 journées")
    press(director, "Transmettre les compléments", "transmis", asks=True)
    officer.goto(director.url)
    no_violation(officer)
    press(officer, "Accepter les compléments", "reçus")


def judge(browser: Browser, platform: Platform, dossier: str) -> None:
    """The last institution gives its opinion; the examiner fills the grid, looks at the checks, concludes."""
    labour = enter(browser, platform, LABOUR)
    labour.goto(f"{dossier}/avis")
    no_violation(labour)
    for choice in labour.get_by_label("favorable", exact=True).all():
        choice.check()
    press(labour, "Rendre l’avis", "avis est rendu", asks=True)
    examiner = enter(browser, platform, EXAMINER)
    examiner.goto(f"{dossier}/grille")
    no_violation(examiner)
    for value in ("respecté", "oui"):
        for choice in examiner.get_by_label(value, exact=True).all():
            choice.check()
    for reason in examiner.locator("main textarea").all():
        reason.fill("Vu au dossier.")
    press(examiner, "Enregistrer la grille", "grille est enregistrée")
    examiner.goto(f"{dossier}/controles")
    no_violation(examiner)
    examiner.get_by_label("Ce qui le montre").first.fill("Un autre service que celui de 2023.")
    press(examiner, "Ce n’est pas la même", "écarté")
    examiner.get_by_label("Elle finance").first.select_option("aucune")
    examiner.get_by_label("Ce que vous avez regardé").first.fill("Le dossier de la caisse : des formations.")
    press(examiner, "Trancher", "sans dépense commune")
    examiner.goto(dossier)
    examiner.get_by_label("Conclusion, lue par le comité").fill("Projet cohérent, mesuré aux effectifs.")
    press(examiner, "Conclure l’instruction", "conclue")
    no_violation(examiner)


def sit(officer: Page, platform: Platform) -> str:
    """An envelope, a session, the scenario that the committee keeps, the session closed; the session's address."""
    officer.goto(f"{platform.address}/attribution/enveloppes/inscrire")
    no_violation(officer)
    officer.get_by_label("Montant").fill("1 000 000")
    officer.get_by_role("button", name="Inscrire l’enveloppe").click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text("2026")
    officer.goto(f"{platform.address}/attribution/appels/{WINTER}")
    go(officer.get_by_role("link", name="Préparer une séance"))
    no_violation(officer)
    officer.get_by_label("Jour de la séance").fill("2026-03-03")
    officer.get_by_label("Début").fill("10:00")
    officer.get_by_label("Fin").fill("11:00")
    officer.get_by_role("button", name="Préparer la séance").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("Séance de sélection 1")
    no_violation(officer)
    session = officer.url
    officer.goto(f"{session}/scenarios")
    press(officer, "Calculer le scénario", "calculé")
    no_violation(officer)
    press(officer, "Adopter", "adopté", asks=True)
    officer.get_by_role("link", name="Séance du comité", exact=True).click()
    meeting = officer.url
    press(officer, "Convoquer la séance", "convocation est envoyée", asks=True)
    pass_time(officer, "+1 jour")
    officer.goto(meeting)
    for present in officer.get_by_label("présent", exact=True).all():
        present.check()
    press(officer, "Noter les présences", "notées")
    officer.goto(session)
    press(officer, "Clore la séance", "séance est close", asks=True)
    return session


def sign(page: Page, *parties: str) -> None:
    """Bring back a copy signed by some of the parties."""
    reference = page.locator("#signer + p code").inner_text()
    for party in parties:
        page.get_by_label(party, exact=True).check()
    page.get_by_label(re.compile("^Référence imprimée")).fill(reference)
    page.set_input_files("main input[type=file]", {"name": "signe.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("button", name="Déposer l’exemplaire signé").click()
    expect(page.locator("#messages")).not_to_be_empty()


def grant_and_pay(browser: Browser, platform: Platform, director: Page, officer: Page) -> None:
    """From the answer that the dossier waits for to its first instalment."""
    complete(director, officer)
    dossier = officer.url.removesuffix("/complements")
    judge(browser, platform, dossier)
    session = sit(officer, platform)

    decider = enter(browser, platform, DECIDER)
    decider.goto(f"{session}/decisions")
    no_violation(decider)
    press(decider, "Décider tous ces dossiers", "1 décision enregistrée", asks=True)
    officer.goto(f"{session}/decisions")
    press(officer, "Notifier les décisions", "notifi", asks=True)
    no_violation(officer)
    officer.goto(f"{platform.address}/aides/?texte=Mornes")
    go(officer.get_by_role("row", name=re.compile("HIVER-2026")).get_by_role("link"))
    no_violation(officer)
    press(officer, "Ouvrir la convention à la signature", "convention est arrêtée", asks=True)
    grant = officer.url
    director.goto(grant)
    no_violation(director)
    sign(director, "la direction de l’établissement", "les représentants du personnel")
    officer.reload()
    sign(officer, "l’autorité qui accorde l’aide")
    expect(officer.locator(".av-life .now")).to_contain_text("En cours")
    no_violation(officer)
    press(officer, "Certifier le service fait", "certifié")
    officer.goto(f"{platform.address}/aides/versements")
    no_violation(officer)
    press(officer, "Préparer l’ordre de paiement", "est prêt", asks=True)
    officer.goto(grant)
    officer.get_by_label("Référence du comptable").fill("VIR-2026-114")
    press(officer, "Enregistrer le paiement", "paiement est enregistré")
    expect(officer.locator("#versements + ul > li").first).to_contain_text("payé")
    no_violation(officer)


def declare(director: Page) -> None:
    """The last invoice of the project: what it had left to spend."""
    go(director.get_by_role("link", name="Ajouter une dépense"))
    no_violation(director)
    director.get_by_label("Dépense", exact=True).fill("Accompagnement, dernière phase")
    director.get_by_label(re.compile("^Action")).select_option(index=1)
    director.get_by_label("Fournisseur").fill("Ergonomie des Isles (fictif)")
    director.get_by_label(re.compile("^Numéro de la facture")).fill("2026-0007")
    director.get_by_label("Acquittée le").fill("2026-03-12")
    director.get_by_label(re.compile("^Montant HT")).fill("210 500")
    director.get_by_label(re.compile("^Montant TTC")).fill("228 392,50")
    director.set_input_files("main input[type=file]", {"name": "f.pdf", "mimeType": "application/pdf", "buffer": PDF})
    director.get_by_role("button", name="Ajouter la dépense").click()
    expect(director.locator("main")).to_contain_text("2026-0007")


def hand_in(director: Page, page: str, *, last: bool = False) -> None:
    """Write what the period brought, hand the report in."""
    director.goto(page)
    no_violation(director)
    if last:
        declare(director)
        director.get_by_label(re.compile("^Mise en œuvre")).fill("Les équipes ont clos le projet.")
        director.get_by_label(re.compile("^Total dépensé")).fill("210 500")
        press(director, "Enregistrer", "enregistré")
    press(director, "Remettre le bilan", "remis dans les délais", asks=True)


def accept(officer: Page, page: str) -> None:
    """Accept every expense, then the report."""
    officer.goto(page)
    no_violation(officer)
    press(officer, "Accepter toutes les dépenses qui restent", "acceptée", asks=True)
    press(officer, "Accepter le bilan", "accepté")


def pay_last(officer: Page, platform: Platform, grant: str) -> None:
    """The instalment that the accepted reports allow."""
    officer.goto(grant)
    press(officer, "Certifier le service fait", "certifié")
    officer.goto(f"{platform.address}/aides/versements")
    press(officer, "Préparer l’ordre de paiement", "est prêt", asks=True)
    officer.goto(grant)
    press(officer, "Enregistrer le paiement", "paiement est enregistré")


def account_and_close(browser: Browser, platform: Platform, director: Page, officer: Page) -> None:
    """An aid of 2023, from the report of the year to its closing."""
    director.goto(f"{platform.address}/suivi/?texte=2023-0016")
    no_violation(director)
    pages = [f"{platform.address}{one.get_attribute('href')}" for one in director.locator("td:nth-child(2) a").all()]
    director.locator("tbody a").first.click()
    follow_up = director.url
    grant = follow_up.replace("/suivi/aides/", "/aides/")
    hand_in(director, pages[1])
    accept(officer, pages[1])
    for _ in range(5):  # the closing report tells what was paid until 31 March
        pass_time(officer, "+1 semaine")
    hand_in(director, pages[2], last=True)
    accept(officer, pages[2])

    decider = enter(browser, platform, DECIDER)
    decider.goto(follow_up)
    expect(decider.locator("main")).to_contain_text("Aide due : 244 800,00 €".replace(" ", " ").replace(" €", " €")[:9])
    no_violation(decider)
    unfold(decider)
    press(decider, "Arrêter le solde", "olde", asks=True)
    pay_last(officer, platform, grant)
    officer.goto(follow_up)
    press(officer, "Solder l’aide", "L’aide est soldée", asks=True)
    no_violation(officer)
    director.goto(grant)
    expect(director.locator(".av-life .now")).to_contain_text("Soldée")
    no_violation(director)


def test_aids_go_from_their_instruction_to_their_closing(browser: Browser, platform: Platform) -> None:
    leave_one_dossier(platform)
    director, officer = enter(browser, platform, DIRECTOR), enter(browser, platform, OFFICER)
    grant_and_pay(browser, platform, director, officer)
    account_and_close(browser, platform, director, officer)

"""The command line: each command reads, calls one function, and tells the outcome to a person or to a scheduler."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.prompt import Prompt

from avenant.collect.engine import MEMORY
from avenant.collect.refusals import INTERRUPTED, REJECTED, SECRECY, TAMPERED, CollectError
from avenant.domain.decision import DomainError
from avenant.domain.disclosure import Rules
from avenant.domain.french import counted, format_number, typeset
from avenant.domain.identifiers import BadIdentifier, parse_siren
from avenant.domain.neutral_count import Side
from avenant.domain.periods import Period

MOTIVES = 20
"""Reasons of rejection told on the screen; all of them are in the list of rejected rows."""

collect = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Le collecteur : compter chez soi, protéger, transmettre."
)
told, warned = Console(), Console(stderr=True)

Act = TypeVar("Act", bound=Callable[..., dict[str, Any]])

Json = Annotated[bool, typer.Option("--json", help="réponse en JSON, pour un ordonnanceur")]
Year = Annotated[int, typer.Option("--year", help="année comptée", min=2000, max=2100)]
Memory = Annotated[str, typer.Option("--memory", help="mémoire accordée, par exemple 300MB")]
Out = Annotated[Path, typer.Option("--out", help="où écrire")]
Cross = Annotated[list[str] | None, typer.Option("--cross", help="variables à croiser, par exemple sexe,âge")]
Establishments = Annotated[int, typer.Option("--establishments", help="seuil d'établissements de la région", min=0)]
Address = Annotated[str, typer.Option("--address", help="adresse de la plateforme")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="fichier du jeton ; sinon AVENANT_TOKEN")]
Persons = Annotated[int, typer.Option("--persons", help="seuil de personnes de la région", min=0)]


def answering(act: Act) -> Act:
    """Print what the command returns (JSON on demand), and turn a refusal into its sentence and its exit code."""

    @functools.wraps(act)
    def guarded(*args: Any, **kwargs: Any) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            answer = act(*args, **kwargs)
        except DomainError as refusal:
            _tell_refusal(refusal, as_json)
            raise typer.Exit(refusal.exit_code if isinstance(refusal, CollectError) else SECRECY) from None
        except KeyboardInterrupt:
            _tell_refusal(CollectError("Interrompu : rien n'a été écrit.", code="interrupted"), as_json)
            raise typer.Exit(INTERRUPTED) from None
        lines, code = answer.pop("lines", []), answer.pop("exit_code", 0)
        if as_json:
            sys.stdout.write(json.dumps({"ok": code == 0, **answer}, ensure_ascii=False) + "\n")
        else:
            for line in lines:
                told.print(typeset(line), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(code)

    return guarded  # type: ignore[return-value]


def _tell_refusal(refusal: DomainError, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(
            json.dumps({"ok": False, "code": refusal.code, "message": refusal.message}, ensure_ascii=False) + "\n"
        )
    else:
        warned.print(refusal.message, highlight=False, markup=False, style="bold", soft_wrap=True)


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=warned, transient=True, disable=as_json or not warned.is_terminal) as shown:
        task = shown.add_task("", total=None)
        yield lambda text: shown.update(task, description=text)


def _ask(question: str, answers: Mapping[str, str]) -> str:
    warned.print(typeset(question), highlight=False, markup=False)
    for rank, label in enumerate(answers.values(), start=1):
        warned.print(f"  {rank}. {label}", highlight=False, markup=False)
    said = Prompt.ask("Numéro, ou rien pour laisser ouvert", console=warned, default="", show_default=False)
    return list(answers)[int(said) - 1] if said.isdecimal() and 0 < int(said) <= len(answers) else ""


@collect.command()
@answering
def init(
    folder: Annotated[Path, typer.Argument(help="dossier des fichiers exportés par votre logiciel")],
    out: Annotated[Path | None, typer.Option("--out", help="fichier de correspondance à écrire")] = None,
    non_interactive: Annotated[bool, typer.Option("--non-interactive", help="ne pose aucune question")] = False,
    as_json: Json = False,
) -> dict[str, Any]:
    """Propose une correspondance entre vos fichiers et l'extrait canonique."""
    from avenant.collect.mapping import write_mapping
    from avenant.collect.proposing import propose
    from avenant.collect.schema import canonical
    from avenant.collect.storage import write_whole

    asking = None if non_interactive or as_json or not sys.stdin.isatty() else _ask
    proposal = propose(folder, canonical(), asking)
    target = out or folder / "correspondance.toml"
    write_whole(target, write_mapping(proposal.sources, canonical(), proposal.open_points))
    lines = [f"{one.file} → {canonical().tables[one.table].label}" for one in proposal.sources]
    lines += proposal.left_out
    tables = canonical().tables
    lines += [
        f"À compléter, {tables[table].label} : {point}"
        for table, points in proposal.open_points.items()
        for point in points
    ]
    lines += [f"Correspondance écrite : {target}. Relisez-la, puis : avenant collect check {target}"]
    open_points = {table: list(points) for table, points in proposal.open_points.items() if points}
    return {
        "mapping": str(target), "tables": [one.table for one in proposal.sources], "left_out": list(proposal.left_out),
        "open_points": open_points, "lines": lines, "exit_code": REJECTED if open_points else 0,
    }  # fmt: skip


@collect.command()
@answering
def check(
    mapping: Annotated[Path, typer.Argument(help="fichier de correspondance")],
    out: Out = Path("extrait"),
    year: Annotated[int | None, typer.Option("--year", help="année attendue", min=2000, max=2100)] = None,
    memory: Memory = MEMORY,
    as_json: Json = False,
) -> dict[str, Any]:
    """Contrôle l'export et écrit l'extrait canonique ; chaque ligne rejetée est listée."""
    from avenant.collect.checking import REJECTS, totals
    from avenant.collect.checking import check as run_check
    from avenant.collect.mapping import read_mapping
    from avenant.collect.schema import canonical

    with _progress(as_json) as progress:
        outcome = run_check(read_mapping(mapping, canonical()), out, year=year, memory=memory, progress=progress)
    remarks = [one for one in (outcome.outside, *outcome.remarks) if one]
    lines = [*(totals(one) for one in outcome.tables), *remarks]
    lines += [f"{format_number(number)} × {reason}" for reason, number in outcome.reasons.items()][:MOTIVES]
    more = len(outcome.reasons) - MOTIVES
    lines += [f"Et {counted(more, 'autre motif')}."] if more > 0 else []
    lines += [f"Extrait écrit : {out}. Lignes rejetées, avec leur motif : {out / REJECTS}"]
    lines += [f"Ensuite : avenant collect run {out} --year {year or 'ANNÉE'}"]
    tables = [
        {key: getattr(one, key) for key in ("table", "file", "read", "kept", "rejected")} for one in outcome.tables
    ]
    return {
        "extract": str(out), "tables": tables, "rejected": outcome.rejected, "remarks": remarks,
        "reasons": dict(outcome.reasons), "lines": lines, "exit_code": REJECTED if outcome.rejected else 0,
    }  # fmt: skip


@collect.command()
@answering
def run(
    extract: Annotated[Path, typer.Argument(help="dossier de l'extrait canonique")],
    year: Year,
    out: Out = Path("resultat.json"),
    cross: Cross = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="codes du service ; sinon ceux du contrôle de l'extrait")
    ] = None,
    stages: Annotated[str, typer.Option("--stages", help="stades de l'IRDP, séparés par des virgules")] = "",
    memory: Memory = MEMORY,
    as_json: Json = False,
) -> dict[str, Any]:
    """Compte tous les indicateurs et les tables de profil d'une année."""
    from avenant.collect.running import run as count_all
    from avenant.collect.schema import canonical
    from avenant.collect.storage import write_whole

    with _progress(as_json) as progress:
        result = count_all(
            extract, Period.of_year(year), schema=canonical().extended(codes) if codes else None,
            crosses=[one.split(",") for one in cross or ()],
            stages=_split(stages), memory=memory, progress=progress,
        )  # fmt: skip
    write_whole(out, result.to_json())
    remarks = len(result.quality)
    lines = [f"{len(result.figures)} chiffres et {len(result.tables)} tables : {out}"]
    lines += [f"{counted(remarks, 'remarque')} sur la qualité de l'extrait, à lire dans le rapport."] if remarks else []
    lines += [f"Ensuite : avenant collect protect {out}"]
    return {"result": str(out), "figures": dict(result.figures), "quality": list(result.quality), "lines": lines}


def _siren(text: str) -> str:
    try:
        return parse_siren(text) if text.strip() else ""
    except BadIdentifier as error:
        raise CollectError(error.message) from error


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


@collect.command()
@answering
def preview(
    extract: Annotated[Path, typer.Argument(help="dossier de l'extrait canonique")],
    year: Year,
    cross: Annotated[str, typer.Option("--cross", help="variables à croiser, par exemple sexe,âge,secteur")],
    persons: Persons = 11,
    memory: Memory = MEMORY,
    as_json: Json = False,
) -> dict[str, Any]:
    """Dit quelle part d'un croisement serait cachée, avant de le promettre dans un contrat."""
    from avenant.collect.running import profile_of
    from avenant.collect.secrecy import preview_cross

    profile = profile_of(extract, Period.of_year(year), memory=memory)
    found = preview_cross(profile, _split(cross), Rules(persons=persons))
    proposals = [list(one.names) for one in found.proposals]
    return {
        "cells": found.asked.cells, "hidden_share": round(found.asked.hidden, 4), "feasibility": found.asked.feasibility,
        "proposals": proposals, "lines": [found.sentence()],
    }  # fmt: skip


@collect.command()
@answering
def protect(
    result: Annotated[Path, typer.Argument(help="résultat écrit par run")],
    out: Out = Path("declaration.json"),
    report: Annotated[Path | None, typer.Option("--report", help="rapport à lire (HTML, imprimable)")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="le même rapport en PDF")] = None,
    former: Annotated[Path | None, typer.Option("--former", help="résultat de l'année d'avant")] = None,
    service: Annotated[str, typer.Option("--service", help="nom du service")] = "",
    siren: Annotated[str, typer.Option("--siren", help="SIREN du service, vérifié par la plateforme")] = "",
    persons: Persons = 11,
    establishments: Establishments = 3,
    as_json: Json = False,
) -> dict[str, Any]:
    """Protège les ventilations, les prouve, et écrit la déclaration et son rapport."""
    from avenant.collect.declaration import declare
    from avenant.collect.printing import print_report
    from avenant.collect.report import write_report
    from avenant.collect.running import dump, read_result
    from avenant.collect.secrecy import protect_tables
    from avenant.collect.storage import write_whole

    siren = _siren(siren)
    counted, rules = read_result(result), Rules(persons=persons, establishments=establishments)
    before = read_result(former) if former else None
    protected = protect_tables(counted, rules)
    declaration = declare(counted, protected, rules, service=service, siren=siren)
    page = report or out.with_suffix(".html")
    written = write_report(counted, protected, rules, former=before, service=service)
    printed = print_report(written, counted.period.last_day) if pdf else None
    write_whole(page, written)
    if pdf and printed:
        write_whole(pdf, printed)
    write_whole(out, dump(declaration))
    withheld = [" × ".join(names) for names in protected.withheld]
    lines = [f"Cases cachées : {protected.hidden}. Tables non transmises : {', '.join(withheld) or 'aucune'}."]
    lines += [f"Déclaration : {out}. Rapport, à garder au service : {page}{f', {pdf}' if pdf else ''}"]
    return {
        "declaration": str(out), "report": str(page), "pdf": str(pdf or ""), "hidden": protected.hidden, "withheld": withheld,
        "seal": declaration["seal"], "lines": lines,
    }  # fmt: skip


@collect.command()
@answering
def audit(
    declaration: Annotated[Path, typer.Argument(help="déclaration écrite par protect")],
    result: Annotated[
        Path | None, typer.Option("--result", help="résultat gardé au service, pour vérifier les preuves")
    ] = None,
    persons: Annotated[int | None, typer.Option("--persons", help="seuil de personnes de la région", min=0)] = None,
    establishments: Annotated[
        int | None, typer.Option("--establishments", help="seuil d'établissements de la région", min=0)
    ] = None,
    as_json: Json = False,
) -> dict[str, Any]:
    """Vérifie l'empreinte et les sommes d'une déclaration ; avec le résultat, refait aussi les preuves.

    Avec les seuils de la région, refuse une déclaration protégée sous des seuils plus bas.
    """
    from avenant.collect.declaration import audit_declaration, below_thresholds, older_definitions, read_declaration
    from avenant.collect.running import read_result
    from avenant.collect.secrecy import protect_tables

    content = read_declaration(declaration)
    lower = below_thresholds(content, Rules(persons=persons or 0, establishments=establishments or 0))
    if lower:
        raise CollectError(
            f"La déclaration est protégée sous les seuils de la région : {lower}. Refaites-la avec avenant collect "
            "protect et ces seuils.",
            exit_code=SECRECY,
        )
    lines, older = ["Empreinte et sommes justes."], tuple[str, ...]()
    if result:
        counted = read_result(result)
        rules = Rules(persons=content["secrecy"]["persons"], establishments=content["secrecy"]["establishments"])
        audit_declaration(content, counted, protect_tables(counted, rules))
        older = older_definitions(content, counted)
        lines += ["Preuves du secret statistique vérifiées par additions."]
        lines += [f"Définitions plus anciennes : {', '.join(older)}."] if older else []
    return {"seal": content["seal"], "proved": bool(result), "older_definitions": list(older), "lines": lines}


@collect.command()
@answering
def submit(
    declaration: Annotated[Path, typer.Argument(help="déclaration écrite par protect")],
    address: Address,
    token_file: TokenFile = None,
    hand_in: Annotated[bool, typer.Option("--hand-in", help="transmettre, et pas seulement enregistrer")] = False,
    as_json: Json = False,
) -> dict[str, Any]:
    """Dépose les valeurs sur la plateforme, dans la copie de travail du service."""
    from avenant.collect.declaration import read_declaration
    from avenant.collect.submission import Platform
    from avenant.collect.submission import submit as send

    content = read_declaration(declaration)
    sent = send(Platform(address, _token(token_file)), content, hand_in=hand_in)
    lines = [f"Indicateurs enregistrés : {sent.kept}.", *sent.findings]
    lines += [f"Non demandés par votre contrat : {', '.join(sent.not_asked)}."] if sent.not_asked else []
    lines += [f"Transmis. Accusé de réception : {sent.receipt}"] if sent.receipt else []
    return {"kept": sent.kept, "not_asked": list(sent.not_asked), "findings": list(sent.findings), "receipt": sent.receipt,
            "lines": lines}  # fmt: skip


def _token(path: Path | None) -> str:
    if path is None:
        return os.environ.get("AVENANT_TOKEN", "")
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CollectError(f"Le fichier du jeton « {path} » ne se lit pas.") from error


@collect.command()
@answering
def synthesise(
    folder: Annotated[Path, typer.Argument(help="dossier à écrire")],
    establishments: Annotated[int, typer.Option(help="établissements")] = 3_000,
    employees: Annotated[int, typer.Option(help="salariés")] = 30_000,
    visits: Annotated[int, typer.Option(help="visites, sur cinq ans")] = 70_000,
    year: Year = 2025,
    seed: Annotated[int, typer.Option(help="graine : la même donne le même extrait")] = 1,
    kind: Annotated[str, typer.Option("--format", help="parquet, csv, ou export d'un logiciel")] = "parquet",
    faults: Annotated[float, typer.Option(help="part de lignes fautives d'un export, entre 0 et 1")] = 0.0,
    as_json: Json = False,
) -> dict[str, Any]:
    """Écrit un extrait inventé, pour essayer sans aucune donnée réelle."""
    from avenant.collect.synthesis import Plan
    from avenant.collect.synthesis import synthesise as make

    made = make(folder, Plan(establishments, employees, visits, year, seed, faults), kind=kind)
    return {"folder": str(folder), "rows": made, "lines": [f"{table} : {rows} lignes" for table, rows in made.items()]}


match = typer.Typer(
    no_args_is_help=True, help="Le compte neutre : combien d'établissements en commun, sans rien montrer."
)
collect.add_typer(match, name="match")
Folder = Annotated[Path, typer.Argument(help="dossier de ce compte, gardé chez vous")]


@match.command()
@answering
def engage(
    listing: Annotated[Path, typer.Argument(help="liste de SIRET (CSV, Excel ou Parquet)")],
    folder: Folder,
    question: Annotated[str, typer.Option("--question", help="numéro affiché par la plateforme")],
    side: Annotated[Side, typer.Option("--side", help="service, ou fund pour la caisse")],
    as_json: Json = False,
) -> dict[str, Any]:
    """Promet une liste : écrit l'engagement à déposer, avant que rien ne parte."""
    from avenant.collect import matching

    made = matching.engage(listing, folder, question=question.strip(), side=side)
    lines = [f"{counted(made.size, 'établissement')}. Engagement : {made.commitment}"]
    lines += [f"Déposez {folder / matching.PROMISE} sur la plateforme. Le reste du dossier ne part jamais."]
    return {"message": str(folder / matching.PROMISE), "size": made.size, "commitment": made.commitment, "lines": lines}


@match.command()
@answering
def blind(folder: Folder, as_json: Json = False) -> dict[str, Any]:
    """Masque votre liste avec votre clé, pour l'autre partie."""
    from avenant.collect import matching

    with _progress(as_json) as progress:
        progress("masquage")
        made = matching.blind(folder)
    lines = [
        f"Liste masquée : {folder / matching.BLINDED}. Déposez-la quand les deux engagements sont sur la plateforme."
    ]
    return {"message": str(folder / matching.BLINDED), "size": made.size, "lines": lines}


@match.command()
@answering
def answer(
    folder: Folder,
    received: Annotated[Path, typer.Argument(help="liste masquée de l'autre partie, prise sur la plateforme")],
    promised: Annotated[str, typer.Option("--commitment", help="engagement de l'autre partie, à vérifier")] = "",
    as_json: Json = False,
) -> dict[str, Any]:
    """Masque une seconde fois la liste reçue, pour la plateforme, et détruit votre clé."""
    from avenant.collect import matching

    with _progress(as_json) as progress:
        progress("second masquage")
        made = matching.answer(folder, received, promised=promised)
    lines = [f"Réponse : {folder / matching.DOUBLED}. Déposez-la sur la plateforme. Votre clé est détruite."]
    return {"message": str(folder / matching.DOUBLED), "size": made.size, "lines": lines}


@match.command()
@answering
def exchange(folder: Folder, address: Address, token_file: TokenFile = None, as_json: Json = False) -> dict[str, Any]:
    """Dépose et prend sur la plateforme, à votre place, les messages qui peuvent l'être ; à relancer jusqu'au compte."""
    from avenant.collect.exchange import exchange as bring_all
    from avenant.collect.submission import Platform

    with _progress(as_json) as progress:
        progress("échange avec la plateforme")
        made = bring_all(Platform(address, _token(token_file)), folder)
    lines = [f"Déposé : {one.label}." for one in made.brought]
    lines += [f"Établissements en commun : {made.words}."] if made.words else [made.waits or "Le compte se fait."]
    return {"brought": [one.value for one in made.brought], "words": made.words, "waits": made.waits, "lines": lines}


@match.command("count")
@answering
def count_common(
    one: Annotated[Path, typer.Argument(help="réponse d'une partie")],
    other: Annotated[Path, typer.Argument(help="réponse de l'autre")],
    as_json: Json = False,
) -> dict[str, Any]:
    """Compte sans plateforme, chez un tiers qui n'a aucune des deux clés."""
    from avenant.collect.matching import read_answer
    from avenant.domain.neutral_count import common, release

    first, second = read_answer(one), read_answer(other)
    told = release(common(first, second), (first.size, second.size))
    return {"told": told.told, "bound": told.bound, "lines": [f"Établissements en commun : {told.words}."]}


@match.command("verify")
@answering
def verify_list(
    listing: Annotated[Path, typer.Argument(help="liste de SIRET à vérifier")],
    receipt: Annotated[Path, typer.Argument(help="preuve gardée dans le dossier du compte")],
    as_json: Json = False,
) -> dict[str, Any]:
    """Vérifie qu'une liste est celle qui avait été promise."""
    from avenant.collect.matching import verify

    same = verify(listing, receipt)
    lines = ["C'est la liste promise." if same else "Ce n'est pas la liste promise."]
    return {"same": same, "lines": lines, "exit_code": 0 if same else TAMPERED}

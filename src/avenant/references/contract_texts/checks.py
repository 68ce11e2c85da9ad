"""What must hold inside a contract's text: keys, tree, parties, frameworks, sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from avenant.references.contract_texts.shape import ContextTable, ContractText


def problems(text: ContractText, frameworks: Container[str], purposes: Container[str]) -> Iterator[str]:
    """Each contradiction in a sentence that names the entry; nothing when the text holds together."""
    yield from _key_problems(text)
    yield from _tree_problems(text)
    yield from _pointer_problems(text)
    yield from _role_problems(text)
    yield from _commitment_problems(text)
    yield from _framework_problems(text, frameworks)
    yield from _purpose_problems(text, purposes)
    for table in text.tables:
        yield from _table_problems(table)


def _key_problems(text: ContractText) -> Iterator[str]:
    yield from _doubles("clause", (one.key for one in text.clauses))
    yield from _doubles("commitment", (one.key for one in text.commitments))
    yield from _doubles("context table", (one.key for one in text.tables))
    yield from _doubles("figure", (one.key for one in text.figures))
    yield from _doubles("annex", (one.key for one in text.annexes))
    yield from _doubles("committee", (one.key for one in text.committees))
    yield from _doubles("party", (one.organisation for one in text.parties))


def _pointer_problems(text: ContractText) -> Iterator[str]:
    clauses = {one.key for one in text.clauses}
    parties = {one.organisation for one in text.parties}
    for what, key, clause in _pointers(text):
        if clause not in clauses:
            yield f"{what} {key} points at the clause {clause or '(none)'}, which does not exist"
    for what, key, party in _party_pointers(text):
        if party not in parties:
            yield f"{what} {key} names {party or '(nobody)'}, which is not a party"


def _role_problems(text: ContractText) -> Iterator[str]:
    """A convention says what each of its parties does; in a CPOM the kind of the organisation says it."""
    for one in text.parties:
        if text.kind == "convention" and not one.mission:
            yield f"party {one.organisation} has no role text"


def _commitment_problems(text: ContractText) -> Iterator[str]:
    categories = {one.key for one in text.categories}
    for one in text.commitments:
        if one.category not in categories:
            yield f"commitment {one.key} has the category {one.category}, which is not declared"
        if not one.parties:
            yield f"commitment {one.key} has no party"


def _framework_problems(text: ContractText, frameworks: Container[str]) -> Iterator[str]:
    for key, framework in _framework_pointers(text):
        if framework not in frameworks:
            yield f"{key} names the framework {framework}, which frameworks.toml does not hold"


def _purpose_problems(text: ContractText, purposes: Container[str]) -> Iterator[str]:
    listed = [one.purpose for one in text.purposes]
    for purpose in listed:
        if purpose not in purposes:
            yield f"the purpose {purpose} is not in frameworks.toml"
    for clause in text.clauses:
        for purpose in clause.purposes:
            if purpose not in listed:
                yield f"clause {clause.key} serves {purpose}, which the contract does not list"


def _doubles(what: str, keys: Iterable[str]) -> Iterator[str]:
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"{what} {key} stands {count} times"


def _tree_problems(text: ContractText) -> Iterator[str]:
    seen: set[str] = set()
    for one in text.clauses:
        if one.parent and one.parent not in seen:
            yield f"clause {one.key} stands before or without its parent {one.parent}"
        seen.add(one.key)


def _pointers(text: ContractText) -> Iterator[tuple[str, str, str]]:
    yield "term", text.key, text.term.clause
    for what, entries in (
        ("consultation", text.consultations),
        ("amendment", text.amendments),
        ("termination", text.terminations),
        ("commitment", text.commitments),
        ("context table", text.tables),
        ("figure", text.figures),
        ("committee", text.committees),
        ("sub-agreement", text.sub_agreements),
    ):
        for one in entries:
            yield what, one.key, one.clause
    for link in text.frameworks:
        yield "framework", link.framework, link.clause
    for contribution in text.contributions:
        yield "contribution", contribution.text, contribution.clause
    for laboratory in text.laboratories:
        yield "laboratory", laboratory.name, laboratory.clause
    for reference in text.references:
        if reference.clause:
            yield "reference", reference.key, reference.clause
    for annex in text.annexes:
        yield from (("annex", annex.key, clause) for clause in annex.cited_in)
    for committee in text.committees:
        yield from (("committee", committee.key, clause) for clause in committee.fields)


def _party_pointers(text: ContractText) -> Iterator[tuple[str, str, str]]:
    for one in text.commitments:
        yield from (("commitment", one.key, party) for party in one.parties)
    for agreement in text.sub_agreements:
        yield from (("sub-agreement", agreement.key, party) for party in agreement.parties)
    for clause in text.clauses:
        if clause.sheet and clause.sheet.pilot:
            yield "clause", clause.key, clause.sheet.pilot
    for committee in text.committees:
        yield from (("committee", committee.key, seats.party) for seats in committee.members if seats.party)
        yield from (("committee", committee.key, party) for party in committee.calendar_by)
        if committee.secretariat:
            yield "committee", committee.key, committee.secretariat
    yield from (("contribution", one.text, one.party) for one in text.contributions)
    yield from (("accreditation", one.number, one.organisation) for one in text.accreditations)
    yield from (("service project", one.title, one.organisation) for one in text.service_projects)


def _framework_pointers(text: ContractText) -> Iterator[tuple[str, str]]:
    if text.term.framework:
        yield "term", text.term.framework
    yield from (("link", one.framework) for one in text.frameworks)
    for clause in text.clauses:
        yield from ((clause.key, framework) for framework in clause.frameworks)
    for commitment in text.commitments:
        yield from ((commitment.key, framework) for framework in commitment.frameworks)
    for party in text.parties:
        yield from ((party.organisation, framework) for framework in party.frameworks)


def _table_problems(table: ContextTable) -> Iterator[str]:
    if not table.rows and not table.missing:
        yield f"table {table.key} has no row and does not say why"
    for row in table.rows:
        if len(row.values) != len(table.columns):
            yield f"table {table.key}, row {row.label}: {len(row.values)} values for {len(table.columns)} columns"
            return
    off = [gap for gap in table.gaps() if abs(gap.amount) > table.tolerance]
    if off:
        suspects = frozenset.intersection(*(gap.cells for gap in off)) or frozenset.union(*(gap.cells for gap in off))
        rows, columns = {one.key: one.label for one in table.rows}, {one.key: one.label for one in table.columns}
        cells = ", ".join(sorted(f"« {rows[row]}, {columns[column]} »" for row, column in suspects))
        yield f"table {table.key}: the sums miss the printed totals by more than {table.tolerance}, look at {cells}"

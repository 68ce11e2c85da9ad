"""Every named constraint is broken once on purpose, in the database itself, and says in French what it refuses."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from tests.support.establishments import make_siret
from tests.support.roles import as_system
from tests.support.world import World

from avenant.contracts.actions import models as work
from avenant.contracts.amendments.models import (
    AmendedAnnex,
    AmendedIndicator,
    AmendedTarget,
    Amendment,
    AmendmentChange,
    CourtRuling,
    Difficulty,
    PartyChange,
    RegisteredLetter,
)
from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.commitments.models import (
    Balance,
    DueDays,
    Exchange,
    ExpertiseRequest,
    Keeping,
    PartyYear,
    Proof,
)
from avenant.contracts.drafting.models import (
    Annex,
    Clause,
    ClauseTag,
    Confirmation,
    ConsistencyCheck,
    Contract,
    ContractFramework,
    ContractParty,
    Contribution,
    Injunction,
    PromisedIndicator,
    Provision,
    ServiceLever,
    Signature,
)
from avenant.contracts.drafting.models import Consultation as ContractConsultation
from avenant.demo.models import World as DemonstrationWorld
from avenant.foundations.accounts.models import ApiToken, Delegation, Invitation, Proposal, SecurityEntry, User
from avenant.foundations.contacts.models import Contact, ContactList, DirectExchange, Following, ListReview, Partner
from avenant.foundations.imports.models import Import, RememberedColumn, TakenRow
from avenant.foundations.journal.models import DueItem
from avenant.foundations.meetings.models import (
    AgendaItem,
    Approval,
    Attendance,
    Committee,
    CommitteeDecision,
    Consultation,
    Pack,
    Planning,
    Report,
    Representative,
    Seat,
    Session,
    Slot,
)
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.parties.models import Establishment, Membership, Organisation, Unit
from avenant.foundations.secrecy.models import Acknowledgement, AuditRight, Declassification, Elimination
from avenant.funding.allocation.models import (
    Aid,
    Award,
    Consumption,
    Envelope,
    Examined,
    ListingRequest,
    Movement,
    OpenedSource,
    RateRevision,
    Scenario,
    Selection,
    Share,
    Told,
    Withdrawal,
)
from avenant.funding.calls.models import (
    CallFile,
    CallPartner,
    CallQuestion,
    CallVersion,
    Consultant,
    Incident,
    PublishedCall,
)
from avenant.funding.calls.models import Consultation as CallConsultation
from avenant.funding.dossiers.models import (
    CategoryRuling,
    Dossier,
    Expense,
    FundingLine,
    HrIndicator,
    LocalContract,
    Piece,
    PieceCheck,
    Project,
    ProjectPartner,
    ReceivedCredit,
)
from avenant.funding.grants.models import (
    Agreement,
    AgreementSignature,
    Grant,
    GrantedAction,
    Grantor,
    Instalment,
    InstalmentDocument,
    LoanDecision,
    LoanReceipt,
    PastExpense,
    Practice,
    Repayment,
    Reserve,
    Scheme,
    Socle,
)
from avenant.funding.reports.models import (
    ExpenseVerdict,
    FollowUp,
    GrantObjective,
    GrantReport,
    HandIn,
    JointPart,
    Recovery,
    RecoveryEntry,
    Reimbursement,
    ReportedExpense,
    ReportEvidence,
    Settlement,
    VisitParticipant,
)
from avenant.funding.reviews.models import (
    AskedField,
    CollegialOpinion,
    DoubleVerdict,
    Examination,
    Interest,
    Mark,
    OpinionAsked,
    PartnerAid,
    Supplement,
)
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation.models import (
    BenchmarkLine,
    Publication,
    RegionalFigure,
    Review,
    ReviewStrand,
    StoredChart,
)
from avenant.indicators.declarations.models import (
    Acceptance,
    Assignment,
    Declaration,
    DeclaredValue,
    DraftValue,
    Evidence,
    FreeText,
    Part,
    Question,
    Remark,
    Submission,
)
from avenant.indicators.profiles.models import CountedFile, Profile, ProfileTable, Thresholds
from avenant.indicators.registers.models import (
    BlindCount,
    BlindMessage,
    CellRecord,
    EstablishmentList,
    ListedEstablishment,
    Match,
    MatchSide,
    ObjectiveNote,
    RegisteredAction,
    Structure,
    WorkloadGrid,
)
from avenant.site.models import SavedView

CONSTRAINTS = {
    constraint.name: (model, constraint)
    for model in apps.get_models()
    if model.__module__.startswith("avenant.")
    for constraint in model._meta.constraints
}
Break = Callable[[], None]


def twice(model: type[models.Model], **otherwise: Any) -> Break:
    """A second row like the first one, but for its identifier and for ``otherwise`` (columns and their values)."""

    def insert() -> None:
        key = model._meta.pk
        columns = {key.column: _fresh(key), **otherwise} if not key.is_relation else otherwise
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} SELECT (jsonb_populate_record(r, %s::jsonb)).* FROM {table} r LIMIT 1",  # noqa: S608
                [json.dumps(columns)],
            )

    return insert


def changed(model: type[models.Model], **values: Any) -> Break:
    """The rows of a table with other values."""
    return lambda: model._default_manager.update(**values)


def a_second_selection() -> None:
    """The same number in the same call, on another meeting."""
    row = Selection.objects.get()
    other = Session.objects.exclude(pk=row.meeting_id)[0]
    twice(Selection, meeting_id=str(other.pk))()


def _fresh(key: models.Field[Any, Any]) -> str | int:
    return str(uuid.uuid4()) if isinstance(key, models.UUIDField) else 999_999_999


def the_same_member_twice() -> None:
    """The only way into a circle is the function of the database; it lets the constraint speak."""
    member = Organisation.objects.all()[0].pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT open_circle(%s, 'essai', 'essai', %s::uuid[], %s::text[])",
            [uuid.uuid4(), [member, member], ["partie", "partie"]],
        )


def an_audit_that_ends_before_it_starts() -> None:
    right = AuditRight.objects.all()[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organisations', %s, true)", [str(right.decided_by_id)])
        cursor.execute("SELECT admit_auditor(%s, %s, '2026-02-02', '2026-02-02')", [right.circle_id, right.auditor_id])


def an_action_asks_twice() -> None:
    row = work.FundingRequest.objects.filter(state="draft")[0]
    work.FundingRequest.objects.create(
        circle_id=row.circle_id, contract=row.contract, clause_key=row.clause_key, funder=row.funder, state="draft",
        state_since=row.state_since,
    )  # fmt: skip


def a_deposit_without_its_day() -> None:
    work.FundingRequest.objects.filter(state="draft").update(state="submitted", submitted_on=None)


def a_second_demonstration() -> None:
    DemonstrationWorld.objects.create(pk=2, starts_at="2026-03-03T08:00:00Z", committee_on="2026-04-10")


def signed_on_no_day() -> None:
    for state in ("to_sign", "signed"):
        Amendment.objects.update(state=state, signed_on=None)


def without_its_number() -> None:
    Dossier.objects.exclude(number="").update(submitted_at=None)


def the_same_number() -> None:
    other = Organisation.objects.exclude(pk__in=Dossier.objects.values("owner"))[0]
    twice(Dossier, owner_id=str(other.pk), state="draft", number=Dossier.objects.exclude(number="")[0].number)()


def a_refusal_without_reason() -> None:
    PieceCheck.objects.update(compliant=False, reason="")


def a_refused_expense_without_reason() -> None:
    ExpenseVerdict.objects.update(accepted=False, reason="")


def a_consumption_that_ends_before_it_starts() -> None:
    FollowUp.objects.update(until="2000-01-01")


def a_report_due_before_its_last_day() -> None:
    GrantReport.objects.update(due_on="2000-01-01")


def a_negative_invoice() -> None:
    ReportedExpense.objects.filter(credits=None).update(excl_tax=-1)


def more_back_than_was_paid() -> None:
    twice(Settlement, number=9, recovered="20000.00")()


def more_decided_than_established() -> None:
    Recovery.objects.update(decided="8000.01")


def more_paid_than_ordered() -> None:
    RecoveryEntry.objects.update(paid="8000.01")


def an_offset_beyond_its_notification() -> None:
    RecoveryEntry.objects.update(notified="7999.99")


def given_up_without_a_reason() -> None:
    RecoveryEntry.objects.update(way="lost", notified=None)


def a_part_that_says_nothing() -> None:
    JointPart.objects.update(text="")


def a_category_refused_without_reason() -> None:
    CategoryRuling.objects.update(confirmed=False, reason="")


def a_local_contract_of_one_party() -> None:
    LocalContract.objects.update(finalised_at="2024-01-01T00:00:00Z")


def in_force_without_a_term() -> None:
    Contract.objects.filter(key="cpom-val-issole").update(state="in_force", starts_on=None)


def lent_to_oneself() -> None:
    Delegation.objects.update(lender=models.F("borrower"))


def a_list_private_to_another() -> None:
    another = Organisation.objects.exclude(key="satdl")[0]
    EstablishmentList.objects.filter(owner__key="satdl").update(private_to=another)


def an_answer_that_others_read() -> None:
    BlindMessage.objects.filter(stage="doubled").update(private_to=None)


def an_exchange_with_oneself() -> None:
    DirectExchange.objects.update(receiver=F("giver"))


def a_second_correspondent() -> None:
    first = Contact.objects.get(correspondent=True)
    Contact.objects.create(
        circle_id=first.circle_id, list=first.list, function="x", phone="1", starts_on="2026-01-01", correspondent=True
    )


def a_contract_after_itself() -> None:
    Contract.objects.filter(key="cpom-val-issole").update(previous=models.F("id"))


def a_contract_under_itself() -> None:
    Contract.objects.filter(key="cpom-val-issole").update(parent=models.F("id"))


def a_version_that_ends_before_it_starts(model: type[models.Model]) -> Break:
    day = "2026-01-01"
    return lambda: model._default_manager.update(in_force_from=day, in_force_until=day)


def an_exchange_with_itself() -> None:
    Exchange.objects.update(receiver=models.F("giver"))


def an_expertise_of_itself() -> None:
    ExpertiseRequest.objects.update(asked_of=models.F("asked_by"))


def the_same_fact_twice() -> None:
    proof = Proof.objects.all()[0]
    for _ in range(2):
        proof.pk, proof._state.adding, proof.key = None, True, "fait"
        proof.save()


def an_agenda_item_twice() -> None:
    item = AgendaItem.objects.all()[0]
    for _ in range(2):
        AgendaItem.objects.create(
            circle_id=item.circle_id, session_id=item.session_id, position=9, title="Un point", key="standing:9"
        )


def convened_without_a_day() -> None:
    Session.objects.filter(state="minutes_shared").update(starts_at=None, ends_at=None)


BREAKS: dict[str, Break] = {
    "accounts_apitoken_expires_after_issue": twice(ApiToken, expires_at="2020-01-01T00:00:00Z"),
    "accounts_delegation_ends_after_start": twice(Delegation, ends_on="2000-01-01"),
    "accounts_delegation_to_somebody_else": lent_to_oneself,
    "accounts_invitation_ends_after_start": twice(Invitation, email="autre@example.org", ends_on="2000-01-01"),
    "accounts_invitation_lower_case_email": twice(Invitation, email="Majuscule@example.org"),
    "accounts_invitation_one_waiting": twice(Invitation),
    "accounts_proposal_one_waiting": twice(Proposal),
    "accounts_securityentry_known_action": twice(SecurityEntry, action="lecture"),
    "accounts_securityentry_once": twice(SecurityEntry),
    "accounts_user_lower_case_email": twice(User, email="Majuscule@example.org"),
    "calls_consultant_once": twice(Consultant),
    "calls_consultant_valid_after_listing": twice(Consultant, name="Autre", valid_to="2020-12-31"),
    "calls_file_once": twice(CallFile),
    "calls_incident_ends_after_start": twice(Incident, ended_at="2000-01-01T00:00:00Z"),
    "calls_consultation_names_its_partner": twice(CallConsultation, kind="committee"),
    "calls_partner_once": twice(CallPartner),
    "calls_published_closes_after_opening": twice(PublishedCall, key="autre", closes_at="2000-01-01T00:00:00Z"),
    "calls_question_answer_has_its_date": twice(CallQuestion, answer="Oui.", answered_at=None),
    "calls_version_unique": twice(CallVersion),
    "campaigns_campaign_one_a_year": twice(Campaign, state="prepared"),
    "campaigns_settings_sensible_floors": twice(RegionSettings, benchmark_floor=2),
    "campaigns_settings_sensible_secrecy": twice(RegionSettings, dominance_percent=49),
    "catalogue_definition_unique_version": twice(DefinitionRecord),
    "catalogue_definition_valid_period": twice(DefinitionRecord, valid_from="2025-01-02", valid_to="2025-01-01"),
    "consolidation_benchmark_unique": twice(BenchmarkLine),
    "consolidation_chart_unique": twice(StoredChart),
    "consolidation_figure_coverage": twice(RegionalFigure, contributors=2, expected=1),
    "consolidation_figure_unique": twice(RegionalFigure),
    "consolidation_figure_validated": twice(RegionalFigure, expected=2, contributors=1, validated=2),
    "consolidation_publication_unique": twice(Publication),
    "consolidation_review_one_a_year": twice(Review, state="draft"),
    "consolidation_reviewstrand_unique": twice(ReviewStrand),
    "contacts_contact_can_be_reached": twice(Contact, mailbox="", phone=""),
    "contacts_contact_ends_after_start": twice(Contact, starts_on="2025-01-02", ends_on="2025-01-02"),
    "contacts_contact_one_correspondent": a_second_correspondent,
    "contacts_exchange_between_two": an_exchange_with_oneself,
    "contacts_partner_once": twice(Partner),
    "contacts_following_unique": twice(Following),
    "contacts_list_reviewed_once_opened": twice(ContactList, opened_on="2025-01-02", reviewed_on="2025-01-01"),
    "contacts_list_unique": twice(ContactList),
    "contacts_review_once_a_day": twice(ListReview),
    "declarations_acceptance_unique": twice(Acceptance),
    "declarations_assignment_one_per_section": twice(Assignment),
    "declarations_declaredvalue_unique": twice(DeclaredValue),
    "declarations_draftvalue_unique": twice(DraftValue),
    "declarations_evidence_unique": twice(Evidence),
    "declarations_freetext_unique": twice(FreeText),
    "declarations_one_per_contract_and_year": twice(Declaration),
    "declarations_part_one_per_provider": twice(Part, state="draft"),
    "declarations_question_answer_has_date": twice(Question, answer="Oui.", answered_at=None),
    "declarations_remark_unique": twice(Remark),
    "declarations_submission_unique_number": twice(Submission, receipt="AV-0"),
    "demo_world_is_one": a_second_demonstration,
    "actions_campaign_days_in_order": twice(work.Campaign, ends_on="2025-01-01"),
    "actions_effect_is_commented": twice(work.Effect, effect="Autre", comment=""),
    "actions_effect_once": twice(work.Effect),
    "actions_funding_positive": twice(work.ActionFunding, amount="0.00"),
    "actions_objective_names_enterprises": twice(work.OperationalObjective, text="Autre", enterprises=""),
    "actions_objective_once": twice(work.OperationalObjective),
    "actions_request_answered_after_deposit": changed(
        work.FundingRequest, submitted_on="2026-01-02", answered_on="2026-01-01"
    ),
    "actions_request_once_a_funder": an_action_asks_twice,
    "actions_request_submitted_has_its_day": a_deposit_without_its_day,
    "actions_link_once": twice(work.SharedLink),
    "actions_member_once": twice(work.SharedMember),
    "actions_plan_one_reading": twice(work.CampaignPlan, total=2),
    "actions_progress_dropped_says_why": twice(work.Progress, clause_key="autre", state="dropped", comment=""),
    "actions_progress_once_an_action": twice(work.Progress),
    "actions_shared_promoted_with_its_link": twice(work.SharedAction, promoted_on="2026-03-01"),
    "actions_enterprise_once": twice(work.FollowedEnterprise),
    "actions_enterprise_siret": twice(work.FollowedEnterprise, siret="123"),
    "actions_target_codes": twice(work.Target, siret="123"),
    "actions_target_once": twice(work.Target),
    "amendments_annex_has_its_file": twice(AmendedAnnex, key="annexe-10", act="remove"),
    "amendments_annex_once": twice(AmendedAnnex),
    "amendments_indicator_once": twice(AmendedIndicator),
    "amendments_indicator_years_in_order": twice(AmendedIndicator, code="2.9.8", last_year=2025),
    "amendments_ruling_once": twice(CourtRuling),
    "drafting_check_once_a_subject": twice(ConsistencyCheck),
    "drafting_check_to_revise_says_what": twice(ConsistencyCheck, subject="prst", result="to_revise", comment=""),
    "drafting_contract_not_its_own_parent": a_contract_under_itself,
    "drafting_injunction_once": twice(Injunction),
    "amendments_change_once_a_clause": twice(AmendmentChange),
    "amendments_dated_once_signed": signed_on_no_day,
    "amendments_difficulty_closed_after": twice(Difficulty, outcome="solved"),
    "amendments_letter_once_a_party": twice(RegisteredLetter),
    "amendments_letter_received_after_sent": twice(RegisteredLetter, received_on="2026-01-01"),
    "amendments_number_unique": twice(Amendment),
    "amendments_party_changed_once": twice(PartyChange),
    "amendments_target_once_an_indicator": twice(AmendedTarget),
    "drafting_consultation_once_a_body": twice(ContractConsultation),
    "drafting_signature_once_a_party": twice(Signature),
    "drafting_signature_with_its_document": twice(Signature, signed_on=None),
    "allocation_aid_amounts_hold_together": twice(Aid, paid="99999999.00", dossier_id=None, outside="x"),
    "allocation_aid_one_for_each_dossier": twice(Aid),
    "allocation_aid_says_whom_it_helps": changed(Aid, outside="association"),
    "allocation_award_amount_and_envelope": changed(Award, amount=1),
    "allocation_award_refusal_has_its_reason": changed(Award, reason=""),
    "allocation_consumption_not_negative": changed(Consumption, granted=-1),
    "allocation_envelope_never_exceeded": changed(Envelope, held="100000.01"),
    "allocation_envelope_once": twice(Envelope),
    "allocation_envelope_received_by_decision": changed(Envelope, decided_on="2024-01-01"),
    "allocation_movement_amounts": twice(Movement, number=2, before=1),
    "allocation_movement_has_its_decision": twice(Movement, number=2, reference=""),
    "allocation_movement_number_once": twice(Movement),
    "allocation_examined_amount_follows_outcome": changed(Examined, amount=1),
    "allocation_examined_once": twice(Examined),
    "allocation_examined_refusal_has_its_reason": changed(Examined, reason=""),
    "allocation_request_answer_is_whole": changed(ListingRequest, answered_at="2024-01-01T00:00:00Z"),
    "allocation_revision_has_its_reason": twice(RateRevision, reason=""),
    "allocation_revision_validated_by_somebody": changed(RateRevision, validated_at="2024-01-01T00:00:00Z"),
    "allocation_scenario_one_adopted": twice(Scenario),
    "allocation_scenario_within_envelope": twice(Scenario, total="1000.01", adopted=False),
    "allocation_selection_number_once": a_second_selection,
    "allocation_share_once": twice(Share),
    "allocation_source_has_its_criteria": twice(OpenedSource, criteria="", source="stpe"),
    "allocation_source_once_a_call": twice(OpenedSource),
    "allocation_told_refusal_has_its_reason": changed(Told, reason=""),
    "allocation_withdrawal_once": twice(Withdrawal),
    "dossiers_category_refused_has_its_reason": a_category_refused_without_reason,
    "dossiers_credit_amount_positive": twice(ReceivedCredit, amount="0.00"),
    "dossiers_local_contract_needs_both_parties": a_local_contract_of_one_party,
    "dossiers_partner_leaves_with_a_reason": twice(ProjectPartner, left_on="2024-01-01"),
    "dossiers_expense_amounts_positive": twice(Expense, excl_tax="-0.01"),
    "dossiers_funding_amount_positive": twice(FundingLine, amount="-0.01"),
    "dossiers_handed_in_has_number_and_instant": without_its_number,
    "dossiers_hr_once_a_year": twice(HrIndicator),
    "dossiers_number_unique": the_same_number,
    "dossiers_one_for_each_call": twice(Dossier, state="draft", number=""),
    "dossiers_piece_is_there_or_says_why_not": twice(Piece, unavailable="perdue"),
    "dossiers_piece_refused_has_its_reason": a_refusal_without_reason,
    "dossiers_project_ends_after_start": twice(Project, position=2, starts_on="2025-01-02", ends_on="2025-01-01"),
    "dossiers_project_position": twice(Project),
    "reviews_aid_ended_says_why": changed(PartnerAid, ended_reason="Pourquoi ?"),
    "reviews_aid_names_its_money": changed(PartnerAid, scheme=None, source=""),
    "reviews_aid_once": twice(PartnerAid),
    "reviews_aid_positive": twice(PartnerAid, amount="0.00"),
    "reviews_asked_field_once": twice(AskedField),
    "reviews_collegial_says_why": twice(CollegialOpinion, value="reserved", comment=""),
    "reviews_double_excludes_a_line": twice(DoubleVerdict, other="x", line=None, same=True),
    "reviews_double_once": twice(DoubleVerdict),
    "reviews_double_says_why": twice(DoubleVerdict, other="x", reason=""),
    "reviews_examination_given_has_verdict": twice(Examination, name="x", verdict="favourable", given_at=None),
    "reviews_examination_once": twice(Examination),
    "reviews_interest_lifted_by_another": changed(
        Interest, lifted_at="2026-03-03T08:00:00Z", lifted_reason="x", lifted_by=models.F("person")
    ),
    "reviews_interest_lifted_says_why": changed(Interest, lifted_reason="x"),
    "reviews_interest_once": twice(Interest),
    "reviews_mark_once": twice(Mark),
    "reviews_opinion_asked_once": twice(OpinionAsked),
    "reviews_supplement_number": twice(Supplement),
    "grants_action_position_once": twice(GrantedAction),
    "grants_agreement_once": twice(Agreement),
    "grants_amendment_changes_something": twice(Agreement, number=5, amount=None),
    "grants_amount_within_award": twice(Grant, state="awarded", amount="40000.01"),
    "grants_consumed_not_negative": twice(Grant, state="awarded", consumed="-0.01"),
    "grants_document_once": twice(InstalmentDocument),
    "grants_document_refused_has_its_reason": twice(InstalmentDocument, verdict="refused", reason=""),
    "grants_dossier_or_taken_over": twice(Grant, state="awarded", dossier_id=None, taken_over=False),
    "grants_past_expense_cost_positive": twice(PastExpense, cost="0.00"),
    "grants_scheme_ends_after_start": twice(Scheme, code="x", starts_on="2025-01-02", ends_on="2025-01-01"),
    "grants_scheme_once": twice(Scheme),
    "grants_scheme_rate_is_a_share": twice(Scheme, code="x", rate="100.01"),
    "grants_grantor_siret_14_digits": twice(Grantor, siret="123"),
    "grants_instalment_amount_positive": twice(Instalment, state="planned", number=9, amount="-0.01"),
    "grants_instalment_number_once": twice(Instalment, state="planned"),
    "grants_instalment_paid_was_ordered": twice(Instalment, state="planned", ordered_on=None, paid_on="2025-01-01"),
    "grants_loan_decision_has_its_reason": twice(LoanDecision, reason=""),
    "grants_number_once": twice(Grant, state="awarded", dossier_id=None, taken_over=True),
    "grants_paid_within_award": twice(Grant, state="awarded", paid="40000.01"),
    "grants_practice_has_a_purpose": twice(Practice, for_staff=False, for_residents=False),
    "grants_receipt_positive": twice(LoanReceipt, reference="TR 2", amount="0.00"),
    "grants_receipt_reference_once": twice(LoanReceipt),
    "grants_receipt_taken_back_has_its_reason": twice(LoanReceipt, taken_back_at="2025-01-01T00:00:00Z"),
    "grants_repayment_once": twice(Repayment),
    "grants_repayment_within_its_amount": twice(Repayment, number=9, paid="15950.01"),
    "grants_reserve_lifted_after": twice(Reserve, lifted_on="2000-01-01"),
    "grants_signature_has_its_copy": twice(AgreementSignature, signed_on="2025-01-01", document_id=None),
    "grants_signature_party_once": twice(AgreementSignature),
    "grants_socle_version_once": twice(Socle),
    "drafting_annex_ends_after_start": a_version_that_ends_before_it_starts(Annex),
    "drafting_annex_one_version_a_day": twice(Annex),
    "commitments_balance_number_once": twice(Balance),
    "commitments_balance_one_in_force": twice(Balance, number=2),
    "commitments_duedays_once": twice(DueDays),
    "commitments_exchange_between_two": an_exchange_with_itself,
    "commitments_expertise_between_two": an_expertise_of_itself,
    "commitments_expertise_declined_with_a_reason": twice(ExpertiseRequest, answer="no_resources", reason=""),
    "commitments_keeping_failure_is_explained": twice(Keeping, occurrence="x", status="not_held", comment=""),
    "commitments_keeping_once": twice(Keeping),
    "commitments_keeping_optional_never_not_held": twice(
        Keeping, occurrence="x", firm=False, status="not_held", comment="Non."
    ),
    "commitments_partyyear_once": twice(PartyYear),
    "commitments_proof_fact_once": the_same_fact_twice,
    "commitments_proof_quantity_has_a_unit": twice(Proof, quantity="1.00", unit=""),
    "drafting_clause_ends_after_start": a_version_that_ends_before_it_starts(Clause),
    "drafting_clause_one_version_a_day": twice(Clause),
    "drafting_contract_not_its_own_previous": a_contract_after_itself,
    "drafting_contribution_quantity_has_a_unit": twice(Contribution, quantity="1.00", unit=""),
    "drafting_framework_link_unique": twice(ContractFramework),
    "drafting_lever_ends_after_start": twice(ServiceLever, label="autre", starts_on="2026-01-02", ends_on="2026-01-01"),
    "drafting_lever_unique": twice(ServiceLever),
    "drafting_provision_unique": twice(Provision),
    "drafting_tag_unique": twice(ClauseTag),
    "drafting_confirmation_once": twice(Confirmation),
    "drafting_contract_dated_once_signed": in_force_without_a_term,
    "drafting_contract_ends_after_start": twice(Contract, state="draft", starts_on="2025-01-02", ends_on="2025-01-01"),
    "drafting_party_unique": twice(ContractParty),
    "drafting_promise_unique": twice(PromisedIndicator),
    "drafting_promise_years_in_order": twice(PromisedIndicator, first_year=2026, last_year=2025),
    "imports_column_remembered_once": twice(RememberedColumn),
    "imports_import_taken_once_confirmed": twice(Import, confirmed_at=None, taken_at="2026-01-01T00:00:00Z"),
    "imports_import_undone_once_taken": twice(Import, taken_at=None, undone_at="2026-01-01T00:00:00Z"),
    "imports_taken_once": twice(TakenRow),
    "journal_dueitem_unique_key": twice(DueItem),
    "site_saved_view_one_name": twice(SavedView),
    "meetings_agendaitem_once": an_agenda_item_twice,
    "meetings_approval_once": twice(Approval),
    "meetings_attendance_once": twice(Attendance),
    "meetings_committee_window_whole": twice(Committee, key="essai", window_first="03-01", window_last=""),
    "meetings_consultation_once": twice(Consultation),
    "meetings_decision_unique_number": twice(CommitteeDecision),
    "meetings_pack_unique_number": twice(Pack),
    "meetings_planning_days_in_order": twice(Planning, state="draft", year=2050, last_day="2000-01-01"),
    "meetings_planning_one_a_year": twice(Planning, state="draft"),
    "meetings_report_one_a_year": twice(Report, state="draft"),
    "meetings_representative_once": twice(Representative),
    "meetings_seat_member_has_organisation": twice(Seat, organisation_id=None, expert=False),
    "meetings_session_dated_once_convened": convened_without_a_day,
    "meetings_session_ends_after_start": twice(
        Session, state="planned", starts_at="2026-04-02T09:00:00Z", ends_at="2026-04-02T09:00:00Z"
    ),
    "meetings_session_known_month": twice(Session, state="planned", month=13),
    "meetings_slot_ends_after_start": twice(Slot, starts_at="2027-03-09T09:00:00Z", ends_at="2027-03-09T09:00:00Z"),
    "meetings_slot_once": twice(Slot),
    "notices_notice_once": twice(Notice),
    "notices_notice_says_what_to_do": twice(Notice, act=""),
    "notices_preference_known_rhythm": twice(Preference, rhythm="parfois"),
    "parties_circlemember_ends_after_start": an_audit_that_ends_before_it_starts,
    "profiles_file_once": twice(CountedFile),
    "profiles_profile_one_kept_one_shared": twice(Profile),
    "profiles_profile_shared_has_a_date": twice(Profile, private_to=None, shared_at=None),
    "profiles_table_unique": twice(ProfileTable),
    "profiles_thresholds_sensible": twice(Thresholds, persons=4),
    "parties_circlemember_unique": the_same_member_twice,
    "parties_establishment_finess_9_characters": twice(Establishment, finess_et="12345678"),
    "parties_establishment_has_a_number": twice(Establishment, siret="", finess_et=""),
    "parties_establishment_siret_14_digits": twice(Establishment, siret="1234567890123"),
    "parties_establishment_unique": twice(Establishment),
    "parties_establishment_unique_finess": twice(Establishment, siret=make_siret(2)),
    "parties_membership_ends_after_start": twice(Membership, starts_on="2025-01-02", ends_on="2025-01-02"),
    "parties_membership_unique": twice(Membership),
    "parties_organisation_siren_nine_digits": twice(Organisation, siren="12345678"),
    "parties_unit_unique_key": twice(Unit),
    "registers_action_of_enterprise_has_siret": twice(RegisteredAction, siret=""),
    "registers_action_siret_14_digits": twice(RegisteredAction, siret="1234567890123"),
    "registers_action_until_after_on": twice(RegisteredAction, on="2025-01-02", until="2025-01-01"),
    "registers_blind_answer_is_its_sender_s": an_answer_that_others_read,
    "registers_blind_answered_whole": twice(BlindCount, year=2019, told=10),
    "registers_blind_asked_once": twice(BlindCount),
    "registers_blind_message_once": twice(BlindMessage),
    "registers_cell_dated_when_created": twice(CellRecord, created_on=None),
    "registers_cell_once": twice(CellRecord),
    "registers_cell_protocol_dated": twice(CellRecord, protocol=True),
    "registers_objective_once_a_year": twice(ObjectiveNote),
    "registers_grid_measures_something": twice(WorkloadGrid, version=2, indicators=0),
    "registers_grid_numbered_from_1": twice(WorkloadGrid, version=0),
    "registers_grid_unique_version": twice(WorkloadGrid),
    "registers_line_siret_14_digits": twice(ListedEstablishment, siret="1234567890123"),
    "registers_line_unique_siret": twice(ListedEstablishment),
    "registers_list_private_to_its_owner": a_list_private_to_another,
    "registers_list_strand_except_cog": twice(EstablishmentList, kind="cog", strand="volet-2"),
    "registers_match_answered_whole": twice(Match, answered_at=None),
    "registers_match_of_which_within_total": twice(Match, total=1, of_which=2),
    "registers_side_unique": twice(MatchSide),
    "registers_structure_siret_14_digits": twice(Structure, sort_key="autre", siret="1234567890123"),
    "registers_structure_transformation_told_whole": twice(Structure, sort_key="autre", transformed_on="2026-01-01"),
    "registers_structure_unique_name": twice(Structure),
    "reports_entry_within_its_amount": more_paid_than_ordered,
    "reports_evidence_number_once": twice(ReportEvidence),
    "reports_expense_negative_is_a_credit_note": a_negative_invoice,
    "reports_expense_position_once": twice(ReportedExpense),
    "reports_followup_ends_after_start": a_consumption_that_ends_before_it_starts,
    "reports_given_up_for_a_reason": given_up_without_a_reason,
    "reports_handin_once": twice(HandIn),
    "reports_objective_once": twice(GrantObjective),
    "reports_offset_within_the_notification": an_offset_beyond_its_notification,
    "reports_part_once": twice(JointPart),
    "reports_part_says_something": a_part_that_says_nothing,
    "reports_participant_once": twice(VisitParticipant),
    "reports_recovery_number_once": twice(Recovery, settlement_id=str(uuid.uuid4())),
    "reports_recovery_within_what_was_established": more_decided_than_established,
    "reports_refused_expense_has_its_reason": a_refused_expense_without_reason,
    "reports_reimbursement_once": twice(Reimbursement),
    "reports_report_covers_days_before_it_is_due": a_report_due_before_its_last_day,
    "reports_report_once_a_year": twice(GrantReport, state="expected"),
    "reports_settlement_once": twice(Settlement),
    "reports_settlement_within_what_was_paid": more_back_than_was_paid,
    "secrecy_acknowledgement_once": twice(Acknowledgement),
    "secrecy_acknowledgement_withdrawn_for_a_reason": twice(Acknowledgement, withdrawn_at="2026-01-01T00:00:00Z"),
    "secrecy_audit_ends_after_start": twice(AuditRight, ended_at="2026-01-01T00:00:00Z", last_day="2000-01-01"),
    "secrecy_audit_one_at_a_time": twice(AuditRight),
    "secrecy_declassification_one_of_three": twice(Declassification, subject=str(uuid.uuid4()), exemption="autre"),
    "secrecy_declassification_proved": twice(Declassification, subject=str(uuid.uuid4()), exemption="known"),
    "secrecy_elimination_one_waiting": twice(Elimination),
}


def test_each_constraint_is_broken_here() -> None:
    """A new constraint fails until it has its line above; a line whose constraint is gone, until it goes too."""
    assert set(BREAKS) == set(CONSTRAINTS)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_says_in_french_what_it_refuses(name: str) -> None:
    _, constraint = CONSTRAINTS[name]
    message = str(constraint.violation_error_message)
    assert message != str(constraint.default_violation_error_message)
    assert message[0].isupper()
    assert message.endswith(".")


def test_the_database_refuses_each_break(world: World) -> None:
    refused = {}
    with as_system():
        for name, insert in BREAKS.items():
            with pytest.raises(IntegrityError) as error, transaction.atomic():
                insert()
            refused[name] = error.value.__cause__.diag.constraint_name  # type: ignore[union-attr]
    assert refused == {name: name for name in BREAKS}

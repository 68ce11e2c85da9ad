"""The roles of the people who work on the platform, as short stable codes."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is; it decides which acts can be its own."""

    ARS = "ars"
    FUND = "fund"
    LABOUR = "labour"
    SERVICE = "spsti"
    ESTABLISHMENT = "establishment"
    NATIONAL = "national"
    SOCIAL_PARTNERS = "social_partners"

    @property
    def label(self) -> str:
        return {
            self.ARS: "agence régionale de santé",
            self.FUND: "caisse de sécurité sociale",
            self.LABOUR: "direction du travail",
            self.SERVICE: "service de prévention et de santé au travail interentreprises",
            self.ESTABLISHMENT: "établissement",
            self.NATIONAL: "organisme national",
            self.SOCIAL_PARTNERS: "partenaires sociaux",
        }[self]


INSTITUTIONS = frozenset({OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR})
"""The institutions that contract, fund and decide in a region."""


class Role(StrEnum):
    """What a membership lets a person do (requirements summary, section 5)."""

    SERVICE_MANAGER = "service_manager"
    SERVICE_CONTRIBUTOR = "service_contributor"
    SOCIAL_SERVICE = "social_service"
    FUND_CORRESPONDENT = "fund_correspondent"
    LABOUR_LEAD = "labour_lead"
    SOCIAL_PARTNER = "social_partner"
    ARS_CALL_OFFICER = "ars_call_officer"
    ARS_EXAMINER = "ars_examiner"
    ARS_DECISION_MAKER = "ars_decision_maker"
    NATIONAL_FUNDER = "national_funder"
    DIRECTOR = "director"
    PROJECT_LEAD = "project_lead"
    STAFF_REPRESENTATIVE = "staff_representative"
    ADMINISTRATOR = "administrator"
    PLATFORM_ADMINISTRATOR = "platform_administrator"
    READER = "reader"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return {
            self.SERVICE_MANAGER: "responsable du CPOM du service",
            self.SERVICE_CONTRIBUTOR: "contributeur du service",
            self.SOCIAL_SERVICE: "service social de l’assurance maladie",
            self.FUND_CORRESPONDENT: "correspondant CPOM de la caisse",
            self.LABOUR_LEAD: "pilote des CPOM, direction du travail",
            self.SOCIAL_PARTNER: "partenaire social",
            self.ARS_CALL_OFFICER: "chargé d’appel à projets de l’ARS",
            self.ARS_EXAMINER: "instructeur de l’ARS",
            self.ARS_DECISION_MAKER: "décideur de l’ARS",
            self.NATIONAL_FUNDER: "responsable des crédits de l’organisme national",
            self.DIRECTOR: "direction de l’établissement",
            self.PROJECT_LEAD: "chef de projet de l’établissement",
            self.STAFF_REPRESENTATIVE: "représentant du personnel",
            self.ADMINISTRATOR: "administrateur de l’organisme",
            self.PLATFORM_ADMINISTRATOR: "administrateur de la plateforme",
            self.READER: "lecteur",
            self.SYSTEM: "traitement de la plateforme",
        }[self]

    @property
    def kinds(self) -> frozenset[OrganisationKind]:
        """The organisations whose people may hold it; none for a role made tomorrow, until it is listed here."""
        only = {
            Role.SERVICE_MANAGER: OrganisationKind.SERVICE,
            Role.SERVICE_CONTRIBUTOR: OrganisationKind.SERVICE,
            Role.SOCIAL_SERVICE: OrganisationKind.FUND,
            Role.FUND_CORRESPONDENT: OrganisationKind.FUND,
            Role.LABOUR_LEAD: OrganisationKind.LABOUR,
            Role.SOCIAL_PARTNER: OrganisationKind.SOCIAL_PARTNERS,
            Role.ARS_CALL_OFFICER: OrganisationKind.ARS,
            Role.ARS_EXAMINER: OrganisationKind.ARS,
            Role.ARS_DECISION_MAKER: OrganisationKind.ARS,
            Role.NATIONAL_FUNDER: OrganisationKind.NATIONAL,
            Role.DIRECTOR: OrganisationKind.ESTABLISHMENT,
            Role.PROJECT_LEAD: OrganisationKind.ESTABLISHMENT,
            Role.STAFF_REPRESENTATIVE: OrganisationKind.ESTABLISHMENT,
        }
        if self in {Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR, Role.READER}:
            return frozenset(OrganisationKind)
        return frozenset({only[self]}) if self in only else frozenset()

    @property
    def decides(self) -> bool:
        """Does it administer, decide or sign: then a second factor and a longer password are compulsory.

        A role made tomorrow does, until it is listed among those that only work and read.
        """
        return self not in {
            Role.SERVICE_CONTRIBUTOR,
            Role.SOCIAL_SERVICE,
            Role.SOCIAL_PARTNER,
            Role.ARS_EXAMINER,
            Role.PROJECT_LEAD,
            Role.STAFF_REPRESENTATIVE,
            Role.READER,
            Role.SYSTEM,
        }

"""The directory: tenants, their people, queues, numbers and trunks."""

from tenants.directory.callers import Mark, MarkedCaller, MarkedCallerRepository, MarkedCallerService
from tenants.directory.certificates import expires_at, facts_of, names_of
from tenants.directory.custom_roles import CustomRoleService
from tenants.directory.departments import DepartmentService
from tenants.directory.dialling import config_of, load_dialling_rules
from tenants.directory.domain_certificates import DomainCertificate, DomainCertificateService
from tenants.directory.logins import Login, Logins
from tenants.directory.model import CustomRole, Department, Number, Phone, PhoneDomain, Queue, Team, Tenant, Trunk, User
from tenants.directory.passwords import PasswordCost, PasswordHasher, Verdict
from tenants.directory.permissions import EVERY_PERMISSION, ROLE_PERMISSIONS, Permission, of_provider, permissions_of
from tenants.directory.phones import PhoneService
from tenants.directory.queues import Forward, NumberService, QueueService
from tenants.directory.reading import TenantDirectories, load_tenant_directory
from tenants.directory.repository import QueueRepository, TenantRepository, UserFilter, UserRepository, login_key
from tenants.directory.roles import Role
from tenants.directory.sealing import CannotOpen, SecretBox
from tenants.directory.skills import AgentSkills, SkillRepository, SkillService
from tenants.directory.teams import TeamRepository, TeamService
from tenants.directory.telephones import AgentTelephone, AgentTelephoneRepository, AgentTelephoneService
from tenants.directory.tenant import TenantService
from tenants.directory.trunks import TrunkSecrets, TrunkService
from tenants.directory.users import UserService, check_password

__all__ = [
    "EVERY_PERMISSION",
    "ROLE_PERMISSIONS",
    "AgentSkills",
    "AgentTelephone",
    "AgentTelephoneRepository",
    "AgentTelephoneService",
    "CannotOpen",
    "CustomRole",
    "CustomRoleService",
    "Department",
    "DepartmentService",
    "DomainCertificate",
    "DomainCertificateService",
    "Forward",
    "Login",
    "Logins",
    "Mark",
    "MarkedCaller",
    "MarkedCallerRepository",
    "MarkedCallerService",
    "Number",
    "NumberService",
    "PasswordCost",
    "PasswordHasher",
    "Permission",
    "Phone",
    "PhoneDomain",
    "PhoneService",
    "Queue",
    "QueueRepository",
    "QueueService",
    "Role",
    "SecretBox",
    "SkillRepository",
    "SkillService",
    "Team",
    "TeamRepository",
    "TeamService",
    "Tenant",
    "TenantDirectories",
    "TenantRepository",
    "TenantService",
    "Trunk",
    "TrunkSecrets",
    "TrunkService",
    "User",
    "UserFilter",
    "UserRepository",
    "UserService",
    "Verdict",
    "check_password",
    "config_of",
    "expires_at",
    "facts_of",
    "load_dialling_rules",
    "load_tenant_directory",
    "login_key",
    "names_of",
    "of_provider",
    "permissions_of",
]

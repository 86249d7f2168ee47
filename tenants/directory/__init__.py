"""The directory: tenants, their people, queues, numbers and trunks."""

from tenants.directory.logins import Login, Logins
from tenants.directory.model import Number, Queue, Tenant, Trunk, User
from tenants.directory.passwords import PasswordCost, PasswordHasher, Verdict
from tenants.directory.permissions import EVERY_PERMISSION, ROLE_PERMISSIONS, Permission, permissions_of
from tenants.directory.queues import NumberService, QueueService
from tenants.directory.reading import TenantDirectories, load_tenant_directory
from tenants.directory.repository import QueueRepository, TenantRepository, UserRepository, login_key
from tenants.directory.roles import Role
from tenants.directory.sealing import CannotOpen, SecretBox
from tenants.directory.tenant import TenantService
from tenants.directory.trunks import TrunkService
from tenants.directory.users import UserService, check_password

__all__ = [
    "EVERY_PERMISSION",
    "ROLE_PERMISSIONS",
    "CannotOpen",
    "Login",
    "Logins",
    "Number",
    "NumberService",
    "PasswordCost",
    "PasswordHasher",
    "Permission",
    "Queue",
    "QueueRepository",
    "QueueService",
    "Role",
    "SecretBox",
    "Tenant",
    "TenantDirectories",
    "TenantRepository",
    "TenantService",
    "Trunk",
    "TrunkService",
    "User",
    "UserRepository",
    "UserService",
    "Verdict",
    "check_password",
    "load_tenant_directory",
    "login_key",
    "permissions_of",
]

"""Settings. Values come from the environment; reading this file starts nothing.

The README has the table of variables. What is unsafe by default must be set when ENFORCEMENT_DEBUG=0.
"""

from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement import env, postgres, rights

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("ENFORCEMENT_DATA_DIR", BASE_DIR / "var")

SITE_NAME = "Mining Enforcement"
DEBUG = env.flag("ENFORCEMENT_DEBUG", "1")
# A default only for a laptop; None makes the reader ask for the real one.
SECRET_KEY = env.text("ENFORCEMENT_SECRET_KEY", "laptop-only-" + "x" * 40 if DEBUG else None)
ALLOWED_HOSTS = env.word_list("ENFORCEMENT_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else None)

# Where printed passwords may stay and mail lands in a folder: on a laptop.
DEMO = env.flag("ENFORCEMENT_DEMO", "1" if DEBUG else "0")
PUBLIC = env.flag("ENFORCEMENT_PUBLIC", "1")
TILES = env.text("ENFORCEMENT_TILES", "")
# The public and the secret keys of tips, two files; a process that only takes tips needs the first alone.
TIP_KEY = env.folder("ENFORCEMENT_TIP_KEY", DATA_DIR / "tip-keys" / "public")
TIP_SECRET = env.folder("ENFORCEMENT_TIP_SECRET", DATA_DIR / "tip-keys" / "secret")
# Outside the database: the heads of the history, a line for each sealing.
HISTORY_HEADS = env.folder("ENFORCEMENT_HISTORY_HEADS", DATA_DIR / "history-heads")
METRICS_TOKEN = env.text("ENFORCEMENT_METRICS_TOKEN", "")
# Meter readings of the last screenings, and for how many days they are kept.
READINGS = env.folder("ENFORCEMENT_READINGS", DATA_DIR / "readings")
READINGS_DAYS = env.number_of_days("ENFORCEMENT_READINGS_DAYS", "180")
COLUMNS_FROM_CASES = env.number_of_cases("ENFORCEMENT_COLUMNS_FROM_CASES", "20000")
# What reads the meter readings: empty is DuckDB in this process; local[2], spark://… or sc://… is Apache Spark.
READINGS_ENGINE = env.text("ENFORCEMENT_READINGS_ENGINE", "")
HTTPS = env.flag("ENFORCEMENT_HTTPS", "0" if DEBUG else "1")

# The address of this site where no request says it: in mails.
SITE = env.site_address("ENFORCEMENT_SITE", ALLOWED_HOSTS, https=HTTPS, port="" if not DEBUG else ":8000")

# Whether hooks of alerts may call addresses of inner networks, and without HTTPS.
HOOKS_INSIDE = env.flag("ENFORCEMENT_HOOKS_INSIDE", "0")

# Applications

INSTALLED_APPS = [
    "enforcement",
    "cases",
    "regions",
    "enforcement.accounts",
    # Not the autodiscovering one: it imports django-leaflet's admin, which needs GDAL. enforcement.apps names ours.
    "enforcement.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "leaflet",
    "template_partials",
]

MIDDLEWARE = [
    # The outermost: nothing else may know.
    "enforcement.middleware.know_nothing_of_who_reports",
    "enforcement.middleware.know_nobody_in_other_sites",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "enforcement.middleware.browser_policies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "enforcement.serving.timing.tell_time",
    # Outside all that reads the database: an answer is of one alone.
    "enforcement.serving.replica.ReadFromTheReplica",
    "enforcement.serving.keeping.answer_of_one_moment",
    "enforcement.serving.keeping.KeptAnswers",
    "django.middleware.gzip.GZipMiddleware",
    # Outside everything that may touch the database; inside what touches none, so that its answers have their headers.
    "enforcement.middleware.SayWhatIsAway",
    "enforcement.middleware.forget_unreadable_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "enforcement.middleware.speak_the_language_of_the_address",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "enforcement.middleware.keep_private",
    "enforcement.accounts.door.first_things_first",
    "enforcement.middleware.KeepWhoChanged",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "enforcement.middleware.answer_in_json",
    "enforcement.middleware.refuse_unreadable_requests",
    "enforcement.middleware.ignore_what_carriers_append",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "enforcement.middleware.read_codes_in_any_case",
]
if not PUBLIC:
    MIDDLEWARE.append("django.contrib.auth.middleware.LoginRequiredMiddleware")

ROOT_URLCONF = "enforcement.urls"
WSGI_APPLICATION = "enforcement.wsgi.application"
# Pages about the standing record show cases too, so the shell has them, and regions/ does not know their addresses.
ABSOLUTE_URL_OVERRIDES = {
    "regions.region": lambda region: reverse("regions:region-detail", args=[region.code]),
    "regions.policy": lambda policy: reverse("policies:policy-detail", args=[policy.ref]),
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "enforcement.context.site",
            ],
            "builtins": ["enforcement.templatetags.quantities"],
        },
    }
]

# Database: PostgreSQL 15 or newer, no extension needed

DATABASE_URL = env.text("DATABASE_URL", "")
EMBEDDED_POSTGRES = not DATABASE_URL
# Whom the tables belong to: commands that change them log in so; the application does not (enforcement/rights.py).
OWNER_DATABASE_URL = env.text("ENFORCEMENT_OWNER_DATABASE_URL", "")
if EMBEDDED_POSTGRES:
    DATABASES, OWNER_DATABASE = {"default": postgres.address(DATA_DIR, rights.APPLICATION)}, postgres.address(DATA_DIR)
else:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
    OWNER_DATABASE = dj_database_url.parse(OWNER_DATABASE_URL or DATABASE_URL)
# A standby of that server, which answers who only reads (enforcement/serving/replica.py).
if REPLICA_URL := env.text("ENFORCEMENT_REPLICA_URL", ""):
    DATABASES["replica"] = dj_database_url.parse(REPLICA_URL)
OWNER_DATABASE = {key: OWNER_DATABASE.get(key, "") for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
APPLICATION_ROLE = DATABASES["default"]["USER"] if DATABASES["default"]["USER"] != OWNER_DATABASE["USER"] else ""
for database in DATABASES.values():
    database.update(
        CONN_MAX_AGE=60,
        CONN_HEALTH_CHECKS=True,
        OPTIONS=database.get("OPTIONS", {})
        | {
            "connect_timeout": 3,
            # A machine that is gone says nothing: after three seconds without a sign its connections are broken.
            "tcp_user_timeout": 3_000,
            "keepalives_idle": 3,
            # jit: compiling costs more than these queries take.
            "options": "-c jit=off -c lock_timeout=3s",
        },
    )
LONGEST_STATEMENT = 15  # seconds, of one statement of a web request
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        # The common ones of ten characters and more: Django's own list has too few. Where from: .github/SECURITY.md
        "NAME": "django.contrib.auth.password_validation.CommonPasswordValidator",
        "OPTIONS": {"password_list_path": BASE_DIR / "enforcement/accounts/common_passwords.txt.gz"},
    },
    {"NAME": "enforcement.accounts.passwords.NotANameFromHereValidator"},
]
if breached := env.digests("ENFORCEMENT_BREACHED_PASSWORDS"):
    AUTH_PASSWORD_VALIDATORS.append(
        {"NAME": "enforcement.accounts.passwords.NotBreachedValidator", "OPTIONS": {"path": breached}}
    )
# The roles that log in with a second factor; "Administrator" stands for superusers.
SECOND_FACTOR_ROLES = env.word_list("ENFORCEMENT_SECOND_FACTOR", "")
LOGINS_DAYS = env.number_of_days("ENFORCEMENT_LOGINS_DAYS", "180", least=30)
# Single sign-on: the provider, and what its `amr` or `acr` says of who gave a second factor there.
OIDC_ISSUER = env.issuer("ENFORCEMENT_OIDC_ISSUER")
OIDC_CLIENT = env.text("ENFORCEMENT_OIDC_CLIENT", None if OIDC_ISSUER else "")
OIDC_SECRET = env.text("ENFORCEMENT_OIDC_SECRET", None if OIDC_ISSUER else "")
OIDC_SECOND_FACTOR = env.word_list("ENFORCEMENT_OIDC_SECOND_FACTOR", "mfa")
PASSWORD_RESET_TIMEOUT = 24 * 3_600  # seconds that a link to a new password lasts
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Five wrong tries for one name from one address close that door for a quarter of an hour; more tries do not prolong it.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "enforcement.accounts.door.client_address"
AXES_LOCKOUT_CALLABLE = "enforcement.accounts.door.locked_out"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "dashboard"
SESSION_ENGINE = "enforcement.outages.sessions"
SESSION_COOKIE_AGE = 12 * 3_600  # since the last work

# Mail: alerts, and links to a new password

MAIL = env.mail("ENFORCEMENT_MAIL")
EMAIL_FILE_PATH = "" if MAIL or not DEMO else str(DATA_DIR / "mail")
MAIL_IS_SENT = bool(MAIL or EMAIL_FILE_PATH)
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if EMAIL_FILE_PATH else 'smtp'}.EmailBackend"
globals().update(MAIL)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("ENFORCEMENT_MAIL_FROM", "webmaster@localhost")

# Languages: one address, the reader's choice (cookie, then browser)

LANGUAGE_CODE = "en"
# A browser that asks for plain zh gets the first Chinese; for zh-TW, zh-HK or zh-MO the traditional.
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese")), ("zh-hant", _("Traditional Chinese"))]
LOCALE_PATHS = [BASE_DIR / "enforcement" / "locale"]
# The days of pages and files are those of the office.
TIME_ZONE = env.time_zone("ENFORCEMENT_TIME_ZONE", "UTC")
FORMAT_MODULE_PATH = ["enforcement.formats"]

# History: what reads changes nothing, so it needs no name to go with it

PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# Files

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "enforcement.outages.storage.ClosedStorage",
        "OPTIONS": {"location": DATA_DIR / "documents"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "enforcement.serving.static_files.PackedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MAX_AGE = 3600

# What is over the limit of a document is read from the wire and written nowhere.
FILE_UPLOAD_HANDLERS = [
    "cases.files.uploads.RefuseLarge",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Security

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # probes come from inside, over plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
OF_THIS_HOST = "__Host-" if HTTPS else ""  # begins the name of a cookie that no other host may set or get
SESSION_COOKIE_NAME = f"{OF_THIS_HOST}sessionid"
CSRF_COOKIE_NAME = f"{OF_THIS_HOST}csrftoken"
LANGUAGE_COOKIE_NAME = f"{OF_THIS_HOST}django_language"
MESSAGE_STORAGE = "enforcement.accounts.messages.MessagesOfThisHost"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 31_536_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

TILE_HOST = [TILES.split("/{")[0]] if TILES else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *TILE_HOST],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The API

API_RATES = {"anon": 600, "user": 3000}  # questions a minute
REST_FRAMEWORK = {
    # The first one decides that who is not known is told 401, and how to say who they are.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "enforcement.accounts.tokens.ReadingToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["regions.api.access.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["regions.api.access.Rate"],
    # Whose address counts: with HTTPS there is one proxy in front; without, nobody's word on it is taken.
    "NUM_PROXIES": 1 if HTTPS else 0,
    "DEFAULT_SCHEMA_CLASS": "regions.api.schema.RecordSchema",
    "EXCEPTION_HANDLER": "regions.api.questions.refuse",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": _("Mining Enforcement"),
    "DESCRIPTION": _(
        "The record of enforcement against cryptocurrency mining, for programs. A list takes the same "
        "parameters as its page; an invalid parameter is rejected with its name. Each code comes with its "
        "label in the reader's language; null means that the source does not say. Every response has an "
        "`ETag`: send it as `If-None-Match`, and unchanged data returns 304. A program that is to see what an account "
        "sees sends a token, made on the page of the account, as `Authorization: Token …`. It only reads, and expires."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["regions.api.access.MayRead"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "AgencyKind": "regions.models.agency.AgencyKind",
        "CaseKind": "cases.models.case.CaseKind",
        "CaseStatus": "cases.models.case.CaseStatus",
        "ClaimBasis": "regions.models.savings.ClaimBasis",
        "ClaimKind": "regions.models.savings.ClaimKind",
        "DisposalKind": "cases.models.outcome.DisposalKind",
        "FactorKind": "regions.models.factor.FactorKind",
        "FigureBasis": "cases.models.field.FigureBasis",
        "Gas": "regions.models.factor.Gas",
        "IndicatorKind": "regions.models.indicator.IndicatorKind",
        "Measure": "regions.models.factor.Measure",
        "PartyKind": "cases.models.outcome.PartyKind",
        "PolicyKind": "regions.models.policy.PolicyKind",
        "PolicyStatus": "regions.models.policy.PolicyStatus",
        "Qualifier": "cases.models.field.Qualifier",
        "RigKind": "cases.models.rig.RigKind",
        "SanctionKind": "regions.models.policy.SanctionKind",
    },
}

# Logging: to the terminal, where whoever runs the server collects it

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"outages": {"()": "enforcement.outages.kinds.WithoutTraceback"}},
    "formatters": {"line": {"()": "enforcement.serving.log_lines.LogLine"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "filters": ["outages"], "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    # At DEBUG it would tell what cameras write into photographs.
    "loggers": {"PIL": {"level": "INFO"}, "enforcement.serving.processes": {"level": "INFO"}},
}

"""What a flow may be at most, each with its reason; the published schema carries them too."""

# --- the document ---

NODES = 300  # trees that people still can draw have about 100; live versions are kept in memory
DOCUMENT_BYTES = 512 * 1024  # 300 nodes of the longest usual kind (a menu with texts) take about 300 kB
CONDITION_DEPTH = 8  # deeper than anybody reads; keeps reading and asking from recursing far
CASES = 30  # of one branch; a longer list of numbers belongs into one `one_of`, or behind a lookup
CHOICES = 1000  # values of one `one_of`: a list of callers to block or to serve first
PROMPTS = 10  # in a row at one node; nobody listens longer
TEXT_LENGTH = 2000  # characters, about two minutes of speech
VARIABLES = 64  # of one flow; each is kept with every call
NAME_LENGTH = 32
HEADERS = 16  # of one lookup
FIELDS = 32  # of one lookup's body, and taken from its answer
URL_LENGTH = 2000  # what servers and proxies commonly take
SKILLS = 16  # asked for at once
OPTION_KEYS = 4  # a menu of four-digit codes; longer numbers are for an input node
INPUT_KEYS = 32  # a card number with its check digits, as at the desk
RETRIES = 9  # after ten attempts it is not the caller who is wrong

# --- a call ---

VALUE_LENGTH = 256  # characters of one variable's value: 64 of them fit into a call's saved state of 16 kB
KEYS_AHEAD = 32  # keys pressed before they are asked for; more is a toy
STEPS_ALONE = 500  # nodes passed while the caller does nothing: more than a flow has, so flows go in circles
LOOKUP_SECONDS = 10.0  # silence that a caller bears
LOOKUP_ANSWER_BYTES = 64 * 1024  # a record, not a table
RING_SECONDS = 180.0  # RFC 3261 timer C: nobody rings longer
AGENT_SECONDS = 3_600.0  # a caller waits no longer for one person
QUEUE_LIMIT_SECONDS = 4 * 3600.0  # a morning
MESSAGE_SECONDS = 600.0  # of voicemail: what one prompt may last too
ROBOT_SECONDS = 3600.0
WAIT_SECONDS = 60.0  # for the first key, and between keys

# --- how long the machine waits for those who report to it, before it goes on without them ---

PROMPT_GUARD_SECONDS = 900.0  # longer than the longest prompt (600 s) with words around it
ANSWER_GUARD_SECONDS = 5.0  # for what we compute ourselves, and on top of limits that others keep

# --- what a tenant may keep ---

NOTE_LENGTH = 500  # characters: why a version was published
FLOWS_KEPT = 200  # each published one is held in memory; a centre has a main one and some dozens for its campaigns
CALENDARS_KEPT = 200  # one for each site and each line of business
PROMPTS_KEPT = 1000  # sound files on the disk
CREDENTIALS_KEPT = 50  # servers that lookups ask
ROBOTS_KEPT = 50  # a centre has one for each kind of conversation

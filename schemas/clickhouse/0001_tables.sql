-- Every table that holds facts is a ReplacingMergeTree: rows are written whole, the higher version replaces the lower, is_deleted
-- marks a fact that ceased to exist. Sort and partition keys hold only what never changes about a row.
-- fsync settings are table settings: an acknowledged insert survives the loss of power.

CREATE TABLE IF NOT EXISTS events
(
    company            LowCardinality(String) COMMENT 'Company that the event belongs to',
    conversation_id    String COMMENT 'Conversation of a message, a status or an agent who types, else empty',
    agent_id           String COMMENT 'Author of a message, who did a status, or the agent that an agent or directory event is about',
    team_id            String COMMENT 'New team of a status, or the team that a directory or schedule event is about',
    event_id           String COMMENT 'Identity given by the producer, the same over all retries',
    kafka_key          String COMMENT 'Key of the record: kind/company/id',
    scope              String COMMENT 'What event_id is unique within, beside the key: empty for a conversation, else action, device and typed conversation of an agent, or the type',
    type               LowCardinality(String) COMMENT 'message, status, agent, directory, schedule or company',
    occurred_at        DateTime64(3, 'UTC') COMMENT 'When it happened, by the clock of the producer',
    sequence           Int64 COMMENT 'Order of the producer among events of one instant, 0 if it has none',
    channel            LowCardinality(String) COMMENT 'Channel, empty if not told',
    message_id         String COMMENT 'Message that it is about',
    direction          LowCardinality(String) COMMENT 'in from the customer, out to the customer',
    author_kind        LowCardinality(String) COMMENT 'customer, human, supervisor, ai, automation, campaign or system',
    customer_id        String COMMENT 'Opaque id of the customer',
    visibility         LowCardinality(String) COMMENT 'public, note or whisper',
    kind               LowCardinality(String) COMMENT 'text, file, reaction, edit, delete or survey',
    delivery           LowCardinality(String) COMMENT 'accepted, sent, delivered, read or failed',
    origin             LowCardinality(String) COMMENT 'product, or native_app for the own app of the channel',
    text               String COMMENT 'Text of a message or note: masked, hashed as [hash:…], or empty where the company drops texts or the producer sent none' CODEC(ZSTD),
    text_length        UInt64 COMMENT 'Length of the text of a message or note in characters, before it was masked',
    status             LowCardinality(String) COMMENT 'Status of the conversation',
    owner_id           String COMMENT 'New owner',
    owner_kind         LowCardinality(String) COMMENT 'human or ai',
    queue              LowCardinality(String) COMMENT 'New queue, or the queue that a schedule event is about',
    tag                LowCardinality(String) COMMENT 'Tag that was set or taken away',
    reason             LowCardinality(String) COMMENT 'Reason of a close, hand-off, declined offer or escalation',
    action             LowCardinality(String) COMMENT 'status_changed, heartbeat, capacity or typing of an agent; visitors or annotation of a company',
    presence           LowCardinality(String) COMMENT 'available, busy, away, custom or offline',
    label              LowCardinality(String) COMMENT 'Name of a custom presence, or text of an annotation',
    device_id          String COMMENT 'Device of the agent, empty if not told',
    entry              LowCardinality(String) COMMENT 'agent, team or customer of a directory event',
    name               String COMMENT 'Display name in the directory',
    team_ids           Array(LowCardinality(String)) COMMENT 'Teams of an agent in the directory',
    role               LowCardinality(String) COMMENT 'Role of an agent in the directory',
    hired_on           Nullable(Date32) COMMENT 'First day of an agent in the directory',
    removed            Bool COMMENT 'The directory entry is no longer part of the floor',
    keywords           Array(LowCardinality(String)) COMMENT 'Ids of the keyword rules that hit in a message',
    sentiment          Nullable(Float64) COMMENT 'How a message sounds, -1 to 1; null if nobody judged',
    sentiment_model    LowCardinality(String) COMMENT 'Model that gave the sentiment; those of two models never mix',
    quick_reply        Bool COMMENT 'The message was written with a canned text',
    ai_intent          LowCardinality(String) COMMENT 'What an AI took the turn of the customer for; empty if it recognised nothing',
    ai_confidence      Nullable(Float64) COMMENT 'How sure the AI was, 0 to 1',
    ai_fallback        Bool COMMENT 'The AI had no answer',
    ai_unsafe          LowCardinality(String) COMMENT 'blocked or sent: what became of an unsafe answer; empty if it was safe',
    ai_unsafe_category LowCardinality(String) COMMENT 'What kind of unsafe',
    ai_articles        Array(String) COMMENT 'Ids of the articles that the answer used',
    ai_search          LowCardinality(String) COMMENT 'found or failed: the search of the knowledge base; empty without one',
    ai_latency_ms      Nullable(Int64) COMMENT 'Milliseconds that the AI took',
    ai_flow            LowCardinality(String) COMMENT 'Flow that the AI was in, or that was paused or resumed',
    priority           LowCardinality(String) COMMENT 'New priority: low, normal, high or urgent',
    tier               LowCardinality(String) COMMENT 'Tier of the customer, of an escalated status the tier of the support',
    structured         Bool COMMENT 'The note tells issue, action and outcome apart',
    rating             LowCardinality(String) COMMENT 'csat, nps or thumbs',
    score              Nullable(Float64) COMMENT 'Rating (csat 1 to 5, nps 0 to 10, thumbs 0 or 1), or score of a judgement of quality, 0 to 100',
    dimension          LowCardinality(String) COMMENT 'What a judgement of quality looked at',
    rater_id           String COMMENT 'Who judged the quality',
    rater_kind         LowCardinality(String) COMMENT 'human or ai',
    slots              Nullable(Int64) COMMENT 'Conversations that the agent may hold at a time',
    starts_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'Start of a planned interval',
    minutes            Nullable(Int64) COMMENT 'Length of a planned interval',
    agents_planned     Nullable(Int64) COMMENT 'Agents that are to be there',
    visitors           Nullable(Int64) COMMENT 'Visitors that browse',
    backfill           Bool COMMENT 'Written with the right to be older than the horizon',
    appended_at        DateTime64(3, 'UTC') COMMENT 'When the log took the record',
    stored_at          DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version            UInt64 COMMENT 'Complement of the hash of the body, then of the offset: of two bodies with one event_id the smaller hash stays, of equal ones the first',
    is_deleted         UInt8 COMMENT 'Always 0 here'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, conversation_id, kafka_key, scope, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Accepted events, one row each';

CREATE TABLE IF NOT EXISTS episodes
(
    company              LowCardinality(String) COMMENT 'Company',
    conversation_id      String COMMENT 'Conversation',
    life                 Int64 COMMENT 'Offset of the first record of this life of the conversation: one that was silent for longer than its state is kept begins anew',
    episode_no           UInt32 COMMENT '1, 2, … within this life of the conversation',
    kind                 LowCardinality(String) COMMENT 'new or reopened',
    `trigger`            LowCardinality(String) COMMENT 'customer, broadcast_reply or business: who wrote first; empty before the first message',
    state                LowCardinality(String) COMMENT 'open or closed',
    opened_at            DateTime64(3, 'UTC') COMMENT 'When it was opened, else its first counted message',
    opened_day           Date32 COMMENT 'Company day of opened_at',
    closed_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was closed; null while open',
    closed_day           Nullable(Date32) COMMENT 'Company day of closed_at',
    close_reason         LowCardinality(String) COMMENT 'resolved, customer_left, timeout, spam, merged or ai_resolved',
    customer_id          String COMMENT 'Opaque id of the customer',
    team                 LowCardinality(String) COMMENT 'Team of the conversation: now while open, at the close afterwards',
    owner                String COMMENT 'Owner likewise; empty without one',
    owner_kind           LowCardinality(String) COMMENT 'human or ai',
    queue                LowCardinality(String) COMMENT 'Queue likewise',
    priority             LowCardinality(String) COMMENT 'Priority likewise: low, normal, high, urgent; empty if not told',
    channel              LowCardinality(String) COMMENT 'Channel of the first counted message',
    channels             Array(LowCardinality(String)) COMMENT 'Channels of all counted messages',
    tags                 Array(LowCardinality(String)) COMMENT 'Tags likewise',
    customer_messages    UInt32 COMMENT 'Counted messages by the customer',
    human_messages       UInt32 COMMENT 'Counted messages by people of the company',
    ai_messages          UInt32 COMMENT 'Counted messages by an AI',
    automation_messages  UInt32 COMMENT 'Counted messages by automation',
    last_message_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'Last counted message',
    first_turn_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First message by the customer',
    first_turn_day       Nullable(Date32) COMMENT 'Company day of first_turn_at',
    first_response_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'First reply by a person or an AI; null without one or if the company began',
    first_response_ms    Nullable(Int64) COMMENT 'Milliseconds from first_turn_at to first_response_at',
    first_response_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    first_response_day   Nullable(Date32) COMMENT 'Company day of the reply',
    first_responder      String COMMENT 'Author of the reply',
    first_responder_kind LowCardinality(String) COMMENT 'human or ai',
    first_response_team  LowCardinality(String) COMMENT 'Team at the moment of the reply',
    first_response_queue LowCardinality(String) COMMENT 'Queue at the moment of the reply',
    human_first_response_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'First reply by a person',
    human_first_response_ms            Nullable(Int64) COMMENT 'Milliseconds from the hand-off if an AI served before, else from first_turn_at',
    human_first_response_business_ms   Nullable(Int64) COMMENT 'The same within business hours',
    human_first_response_day           Nullable(Date32) COMMENT 'Company day of that reply',
    human_first_responder              String COMMENT 'Author of that reply',
    human_first_response_team          LowCardinality(String) COMMENT 'Team at the moment of that reply',
    human_first_response_queue         LowCardinality(String) COMMENT 'Queue at the moment of that reply',
    human_first_response_from_start_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First reply by a person, handed over or not; null without one or if the company began',
    human_first_response_from_start_ms Nullable(Int64) COMMENT 'Milliseconds from first_turn_at to that reply, whoever served between',
    human_first_response_from_start_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    human_first_response_from_start_day Nullable(Date32) COMMENT 'Company day of that reply',
    human_first_responder_from_start   String COMMENT 'Author of that reply',
    human_first_response_from_start_team  LowCardinality(String) COMMENT 'Team at the moment of that reply',
    human_first_response_from_start_queue LowCardinality(String) COMMENT 'Queue at the moment of that reply',
    handed_off_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First hand-off from an AI to people',
    waiting_since        Nullable(DateTime64(3, 'UTC')) COMMENT 'First unanswered message by the customer; null if nobody waits',
    waiting_human_since  Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the customer waits for a person; null if nobody does',
    is_answered          Bool COMMENT 'There is a reply by a person or an AI',
    is_answered_by_human Bool COMMENT 'There is a reply by a person',
    auto_replied         Bool COMMENT 'Automation wrote after a message by the customer',
    closed_unanswered    Bool COMMENT 'Closed while the customer waited',
    accepted_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'First accept by a person up to the first reply, else when a person first got it',
    agent_first_response_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'First reply by a person behind accepted_at; null if the company began',
    agent_first_response_ms          Nullable(Int64) COMMENT 'Milliseconds from accepted_at, or the first message by the customer if that came later, to that reply',
    agent_first_response_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    agent_first_response_day         Nullable(Date32) COMMENT 'Company day of that reply',
    agent_first_responder            String COMMENT 'Author of that reply',
    agent_first_response_team        LowCardinality(String) COMMENT 'Team at the moment of that reply',
    agent_first_response_queue       LowCardinality(String) COMMENT 'Queue at the moment of that reply',
    is_handled           Bool COMMENT 'A person held it or replied',
    open_ms              Nullable(Int64) COMMENT 'Milliseconds from opened to closed; null while open, as all durations below',
    open_business_ms     Nullable(Int64) COMMENT 'The same within business hours',
    open_active_ms       Nullable(Int64) COMMENT 'Without what it was snoozed or on hold',
    open_active_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    handle_ms            Nullable(Int64) COMMENT 'Milliseconds in which at least one person held it, not snoozed or on hold, and the work after the contact; null without a person',
    handle_business_ms   Nullable(Int64) COMMENT 'The same within business hours',
    active_handle_ms     Nullable(Int64) COMMENT 'Sum of the gaps between its messages: those before a message by the customer under 4 min, before others under 10 min',
    active_handle_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    after_contact_ms     Nullable(Int64) COMMENT 'Work after the contact, part of handle_ms',
    after_contact_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    ai_handle_ms         Nullable(Int64) COMMENT 'Milliseconds in which an AI served it, if no person ever did',
    ai_handle_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    ping_pongs           UInt32 COMMENT 'Transfers that gave it back to who had given it away',
    `transfers.at`          Array(DateTime64(3, 'UTC')) COMMENT 'Transfers: when',
    `transfers.company_day` Array(Date32) COMMENT 'Company day',
    `transfers.kind`        Array(LowCardinality(String)) COMMENT 'agent, team or queue',
    `transfers.reason`      Array(LowCardinality(String)) COMMENT 'transferred or reassigned',
    `transfers.from_agent`  Array(String) COMMENT 'Who gave it',
    `transfers.to_agent`    Array(String) COMMENT 'Who got it',
    `transfers.from_team`   Array(LowCardinality(String)) COMMENT 'Team before',
    `transfers.to_team`     Array(LowCardinality(String)) COMMENT 'Team behind',
    `transfers.from_queue`  Array(LowCardinality(String)) COMMENT 'Queue before',
    `transfers.to_queue`    Array(LowCardinality(String)) COMMENT 'Queue behind',
    `escalations.at`          Array(DateTime64(3, 'UTC')) COMMENT 'Escalations: when',
    `escalations.company_day` Array(Date32) COMMENT 'Company day',
    `escalations.kind`        Array(LowCardinality(String)) COMMENT 'join, takeover or tier',
    `escalations.agent_id`    Array(String) COMMENT 'Who came in',
    `escalations.tier`        Array(LowCardinality(String)) COMMENT 'Tier of support that was asked',
    `escalations.owner`       Array(String) COMMENT 'Owner at that moment',
    `escalations.team`        Array(LowCardinality(String)) COMMENT 'Team at that moment',
    appended_at          DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the conversation',
    stored_at            DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version              UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted           UInt8 COMMENT '1: the episode ceased to exist',
    INDEX stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, conversation_id, life, episode_no)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'A conversation from being opened to being closed, one row each';

CREATE TABLE IF NOT EXISTS conversation_days
(
    company                LowCardinality(String) COMMENT 'Company',
    company_day            Date32 COMMENT 'Calendar day in the zone of the company; see the table calendar',
    conversation_id        String COMMENT 'Conversation',
    episode_no             UInt32 COMMENT 'Latest episode, 0 if none',
    state                  LowCardinality(String) COMMENT 'open or closed, now or at the end of the day',
    customer_id            String COMMENT 'Opaque id of the customer',
    team                   LowCardinality(String) COMMENT 'Team of the conversation, now or at the end of the day',
    owner                  String COMMENT 'Owner likewise; empty without one',
    owner_kind             LowCardinality(String) COMMENT 'human or ai',
    queue                  LowCardinality(String) COMMENT 'Queue likewise',
    priority               LowCardinality(String) COMMENT 'Priority likewise',
    channel                LowCardinality(String) COMMENT 'Channel of the first counted message of the episode',
    channels               Array(LowCardinality(String)) COMMENT 'Channels of the counted messages of the day; a channel filter matches any of them',
    tags                   Array(LowCardinality(String)) COMMENT 'Tags likewise',
    waiting_first_response Bool COMMENT 'The latest episode has a message by the customer and no reply by a person or an AI, open or closed',
    auto_replied           Bool COMMENT 'Automation wrote after a message by the customer',
    initiated_at           Nullable(DateTime64(3, 'UTC')) COMMENT 'Message with which the customer began the conversation, if that was on this day',
    initiated_hour         Nullable(DateTime64(3, 'UTC')) COMMENT 'Start of the local hour of initiated_at',
    initiated_channel      LowCardinality(String) COMMENT 'Channel of that message',
    `trigger`              LowCardinality(String) COMMENT 'customer or broadcast_reply, of an initiated conversation',
    first_message_at       DateTime64(3, 'UTC') COMMENT 'First counted message of the day',
    last_message_at        DateTime64(3, 'UTC') COMMENT 'Last counted message of the day',
    customer_messages      UInt32 COMMENT 'Counted messages of the day by the customer',
    human_messages         UInt32 COMMENT 'Counted messages of the day by people of the company',
    ai_messages            UInt32 COMMENT 'Counted messages of the day by an AI',
    automation_messages    UInt32 COMMENT 'Counted messages of the day by automation',
    appended_at            DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the conversation',
    stored_at              DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version                UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted             UInt8 COMMENT '1: the conversation is no longer active on that day',
    INDEX stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(company_day)
ORDER BY (company, company_day, conversation_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'A conversation with a counted message on a company day, as it stood after the last event before the end of the day';

CREATE TABLE IF NOT EXISTS conversation_agents
(
    company          LowCardinality(String) COMMENT 'Company',
    agent_id         String COMMENT 'Agent',
    conversation_id  String COMMENT 'Conversation',
    life             Int64 COMMENT 'Offset of the first record of this life of the conversation: one that was silent for longer than its state is kept begins anew',
    last_outgoing_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last public message by this person that did not fail',
    messages         UInt32 COMMENT 'Such messages',
    appended_at      DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the conversation',
    stored_at        DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version          UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted       UInt8 COMMENT '1: no message of the agent is left'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, agent_id, conversation_id, life)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The part of an agent in a conversation';

CREATE TABLE IF NOT EXISTS replies
(
    company              LowCardinality(String) COMMENT 'Company',
    conversation_id      String COMMENT 'Conversation',
    life                 Int64 COMMENT 'Offset of the first record of this life of the conversation',
    reply_no             UInt32 COMMENT '1, 2, … within this life of the conversation',
    episode_no           UInt32 COMMENT 'Episode',
    kind                 LowCardinality(String) COMMENT 'Episode: new or reopened',
    waits_for            LowCardinality(String) COMMENT 'any: the customer waited for a reply by a person or an AI; human: for one by a person',
    stage                LowCardinality(String) COMMENT 'first reply of the episode or a next one',
    waiting_since        DateTime64(3, 'UTC') COMMENT 'First unanswered message by the customer; of the wait for a person the hand-off if an AI served before',
    replied_at           DateTime64(3, 'UTC') COMMENT 'The reply',
    reply_ms             Nullable(Int64) COMMENT 'Milliseconds from waiting_since to replied_at',
    reply_business_ms    Nullable(Int64) COMMENT 'The same within business hours',
    company_day          Date32 COMMENT 'Company day of the reply',
    hour_start           DateTime64(3, 'UTC') COMMENT 'Start of its local hour',
    responder            String COMMENT 'Author of the reply',
    responder_kind       LowCardinality(String) COMMENT 'human or ai',
    team                 LowCardinality(String) COMMENT 'Team at the moment of the reply',
    queue                LowCardinality(String) COMMENT 'Queue likewise',
    priority             LowCardinality(String) COMMENT 'Priority likewise',
    channel              LowCardinality(String) COMMENT 'First channel of the episode',
    channels             Array(LowCardinality(String)) COMMENT 'Channels of the episode up to the reply',
    tags                 Array(LowCardinality(String)) COMMENT 'Tags at the moment of the reply',
    appended_at          DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the conversation',
    stored_at            DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version              UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted           UInt8 COMMENT '1: the reply ceased to exist',
    INDEX stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, conversation_id, life, reply_no)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Answered waits, one row each';

CREATE TABLE IF NOT EXISTS holds
(
    company              LowCardinality(String) COMMENT 'Company',
    conversation_id      String COMMENT 'Conversation',
    life                 Int64 COMMENT 'Offset of the first record of this life of the conversation',
    hold_no              UInt32 COMMENT '1, 2, … within this life of the conversation',
    episode_no           UInt32 COMMENT 'Episode',
    agent_id             String COMMENT 'Person who holds it',
    kind                 LowCardinality(String) COMMENT 'owner; joined: beside the owner; unowned: wrote last while nobody owns it; after_contact: work on it after the contact',
    began                LowCardinality(String) COMMENT 'assigned, accepted, transferred, took_over, joined, supervision_intervened, replied, reopened, resumed or wrap_up_started',
    started_at           DateTime64(3, 'UTC') COMMENT 'When it began',
    started_day          Date32 COMMENT 'Company day of started_at',
    ended                LowCardinality(String) COMMENT 'What ended it: closed, transferred, unassigned, assigned, accepted or took_over by another, left, paused, …; empty while it lasts',
    ended_at             Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; null while it lasts',
    ended_day            Nullable(Date32) COMMENT 'Company day of ended_at',
    held_ms              Nullable(Int64) COMMENT 'Milliseconds from started_at to ended_at',
    held_business_ms     Nullable(Int64) COMMENT 'The same within business hours',
    accepted_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person accepted, else got it; null in parts that go on after a pause',
    first_reply_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First reply by the person behind accepted_at',
    first_reply_day      Nullable(Date32) COMMENT 'Company day of first_reply_at',
    accept_to_reply_ms   Nullable(Int64) COMMENT 'Milliseconds from accepted_at to first_reply_at',
    accept_to_reply_business_ms Nullable(Int64) COMMENT 'The same within business hours',
    team                 LowCardinality(String) COMMENT 'Team when it began',
    queue                LowCardinality(String) COMMENT 'Queue likewise',
    priority             LowCardinality(String) COMMENT 'Priority likewise',
    channel              LowCardinality(String) COMMENT 'First channel of the episode',
    appended_at          DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the conversation',
    stored_at            DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version              UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted           UInt8 COMMENT '1: the hold ceased to exist',
    INDEX stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, conversation_id, life, hold_no)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Intervals in which a person holds an open conversation that is neither snoozed nor on hold';

CREATE TABLE IF NOT EXISTS agent_spans
(
    company           LowCardinality(String) COMMENT 'Company',
    agent_id          String COMMENT 'Agent',
    device_id         String COMMENT 'Device, empty if the producer does not tell devices apart',
    started_at        DateTime64(3, 'UTC') COMMENT 'When the presence began',
    presence          LowCardinality(String) COMMENT 'available, busy, away, custom or offline',
    label             LowCardinality(String) COMMENT 'Name of a custom presence',
    ended_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; null while it goes on',
    last_heartbeat_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last sign of life of a presence that goes on; null without heartbeats. Time counts up to here once the lease is over',
    lease_until       Nullable(DateTime64(3, 'UTC')) COMMENT 'From here on offline unless a heartbeat comes; null without heartbeats',
    appended_at       DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the agent',
    stored_at         DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version           UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted        UInt8 COMMENT '1: a late event took the span away'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, agent_id, device_id, started_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'An interval of one presence of an agent on a device';

CREATE TABLE IF NOT EXISTS directory
(
    company     LowCardinality(String) COMMENT 'Company',
    entry       LowCardinality(String) COMMENT 'agent or team',
    id          String COMMENT 'Id of the agent or team',
    name        String COMMENT 'Display name',
    team_ids    Array(LowCardinality(String)) COMMENT 'Teams of an agent',
    role        LowCardinality(String) COMMENT 'Role of an agent',
    hired_on    Nullable(Date32) COMMENT 'First day of an agent',
    is_removed  Bool COMMENT 'No longer part of the floor; history stays',
    slots       Nullable(Int64) COMMENT 'Conversations that an agent may hold at a time, as last told; null if never',
    appended_at DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the agent or team',
    stored_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version     UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted  UInt8 COMMENT '1: nothing is known of it any more'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, entry, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Agents and teams: names, teams, roles';

CREATE TABLE IF NOT EXISTS rejects
(
    topic       LowCardinality(String) COMMENT 'Kafka topic',
    partition   Int32 COMMENT 'Kafka partition',
    offset      Int64 COMMENT 'Offset of the record',
    reason      LowCardinality(String) COMMENT 'Why it cannot be used; schemas/events/README.md lists them',
    detail      String COMMENT 'What is wrong, where, and what would be right; never the values of the record',
    bytes       UInt32 COMMENT 'Size of the value of the record',
    appended_at DateTime64(3, 'UTC') COMMENT 'When the log took the record',
    stored_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version     UInt64 COMMENT 'Generation and offset; higher replaces lower',
    is_deleted  UInt8 COMMENT 'Always 0 here'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Records that could not be used, each once, with the reason';

CREATE TABLE IF NOT EXISTS calendar
(
    company      LowCardinality(String) COMMENT 'Company',
    company_day  Date32 COMMENT 'Calendar day in the zone of the company',
    zone         LowCardinality(String) COMMENT 'IANA zone of the company',
    from_utc     DateTime64(3, 'UTC') COMMENT 'First instant of the day',
    to_utc       DateTime64(3, 'UTC') COMMENT 'First instant of the next day',
    hour_starts  Array(DateTime64(3, 'UTC')) COMMENT 'Start of each local hour: 23, 24 or 25 of them',
    hour_labels  Array(String) COMMENT 'Local label of each hour',
    zone_version LowCardinality(String) COMMENT 'Release of the zone data that the day was computed with',
    stored_at    DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version      UInt64 COMMENT 'Generation, release of the zone data, when the newest zone was recorded; higher replaces lower',
    is_deleted   UInt8 COMMENT '1: the company has no such day, because its zone changed'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, company_day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Days and hours of each company: the only source of "today" for SQL and boards';

CREATE TABLE IF NOT EXISTS definitions
(
    metric          String COMMENT 'Key of the metric',
    kind            LowCardinality(String) COMMENT 'gauge, counter or histogram',
    unit            LowCardinality(String) COMMENT 'Unit; empty for things that are counted',
    surface         LowCardinality(String) COMMENT 'floor or pipeline',
    prometheus_name String COMMENT 'Name in Prometheus',
    labels          Array(String) COMMENT 'Labels in Prometheus',
    columns         Array(String) COMMENT 'Columns of views and tables that hold the same number',
    means           String COMMENT 'The definition',
    notes           String COMMENT 'What is left out, and the edges',
    stored_at       DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version         UInt64 COMMENT 'Milliseconds of the program start that wrote it; higher replaces lower',
    is_deleted      UInt8 COMMENT '1: no longer a metric'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY metric
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The dictionary: what each number means';

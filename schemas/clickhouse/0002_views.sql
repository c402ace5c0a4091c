-- What analysts and boards read. The views hide FINAL and tombstones; their names and columns are promises.
-- is_today is a plain comparison, so that a filter on it reaches the sort key and a board reads today's rows only.
-- "today" is a row of calendar whose from_utc <= now < to_utc; closed days stay queryable.

CREATE OR REPLACE VIEW days
(
    company     LowCardinality(String) COMMENT 'Company',
    company_day Date32 COMMENT 'Calendar day in the zone of the company',
    is_today    UInt8 COMMENT '1: the day that holds this moment',
    zone        LowCardinality(String) COMMENT 'IANA zone of the company',
    from_utc    DateTime64(3, 'UTC') COMMENT 'First instant of the day',
    to_utc      DateTime64(3, 'UTC') COMMENT 'First instant of the next day',
    hour_starts Array(DateTime64(3, 'UTC')) COMMENT 'Start of each local hour',
    hour_labels Array(String) COMMENT 'Local label of each hour'
)
AS SELECT company, company_day, from_utc <= now64(3) AND now64(3) < to_utc AS is_today, zone, from_utc, to_utc, hour_starts, hour_labels
FROM calendar FINAL
COMMENT 'Company days, with the current one marked';

CREATE OR REPLACE VIEW directory_agents
(
    company    LowCardinality(String) COMMENT 'Company',
    agent_id   String COMMENT 'Agent',
    name       String COMMENT 'Display name, else the id',
    team       LowCardinality(String) COMMENT 'First team: the one that counts for a conversation that the agent owns and that has no team of its own',
    teams      Array(LowCardinality(String)) COMMENT 'All teams',
    role       LowCardinality(String) COMMENT 'Role; ai is no person',
    is_removed UInt8 COMMENT '1: no longer part of the floor; history stays',
    slots      Nullable(Int64) COMMENT 'Conversations that the agent may hold at a time; null if never told'
)
AS SELECT company, id AS agent_id, if(name = '', id, name) AS name, if(empty(team_ids), '', team_ids[1]) AS team, team_ids AS teams, role, is_removed, slots
FROM directory FINAL
WHERE entry = 'agent'
COMMENT 'Agents of the directory'

CREATE OR REPLACE VIEW directory_teams
(
    company    LowCardinality(String) COMMENT 'Company',
    team       LowCardinality(String) COMMENT 'Team',
    name       String COMMENT 'Display name, else the id',
    is_removed UInt8 COMMENT '1: no longer part of the floor; history stays'
)
AS SELECT company, id AS team, if(name = '', id, name) AS name, is_removed
FROM directory FINAL
WHERE entry = 'team'
COMMENT 'Teams of the directory'

CREATE OR REPLACE VIEW as_of
(
    newest_at DateTime64(3, 'UTC') COMMENT 'When the log took the newest conversation event that is in the numbers; 1970 if there is none'
)
AS SELECT max(appended_at) AS newest_at
FROM conversation_days
WHERE company_day >= (SELECT min(company_day) FROM days WHERE is_today) - 1
COMMENT 'The moment that boards are as of'

CREATE OR REPLACE VIEW live_tiles
(
    company                     LowCardinality(String) COMMENT 'Company',
    company_day                 Date32 COMMENT 'Calendar day in the zone of the company',
    is_today                    UInt8 COMMENT '1: the day that holds this moment',
    team                        LowCardinality(String) COMMENT 'Team of the conversation, else of its owner',
    owner                       String COMMENT 'Owner; empty without one',
    owner_kind                  LowCardinality(String) COMMENT 'human or ai',
    queue                       LowCardinality(String) COMMENT 'Queue',
    channel                     LowCardinality(String) COMMENT 'First channel of the episode',
    channels                    Array(LowCardinality(String)) COMMENT 'Channels of the day: filter with hasAny(channels, [...])',
    tags                        Array(LowCardinality(String)) COMMENT 'Tags: filter with hasAny(tags, [...])',
    active                      UInt64 COMMENT 'Conversations with at least one counted message on the day',
    waiting_first_response      UInt64 COMMENT 'Of these: the latest episode has a message by the customer and no reply by a person or an AI, open or closed',
    waiting_first_response_open UInt64 COMMENT 'Of these: still open',
    assigned                    UInt64 COMMENT 'Of the active ones: with an owner',
    unassigned                  UInt64 COMMENT 'Of the active ones: without an owner',
    open                        UInt64 COMMENT 'Of the active ones: open',
    closed                      UInt64 COMMENT 'Of the active ones: closed'
)
AS SELECT
    c.company AS company,
    c.company_day AS company_day,
    (c.company, c.company_day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    if(c.team = '', t.team, c.team) AS team,
    c.owner AS owner,
    c.owner_kind AS owner_kind,
    c.queue AS queue,
    c.channel AS channel,
    c.channels AS channels,
    c.tags AS tags,
    count() AS active,
    countIf(c.waiting_first_response) AS waiting_first_response,
    countIf(c.waiting_first_response AND c.state = 'open') AS waiting_first_response_open,
    countIf(c.owner != '') AS assigned,
    countIf(c.owner = '') AS unassigned,
    countIf(c.state = 'open') AS open,
    countIf(c.state = 'closed') AS closed
FROM conversation_days AS c FINAL
LEFT JOIN directory_agents AS t ON t.company = c.company AND t.agent_id = c.owner
GROUP BY company, company_day, is_today, team, owner, owner_kind, queue, channel, channels, tags
COMMENT 'The six live tiles, with everything that boards filter by; sum over rows';

CREATE OR REPLACE VIEW initiated_per_hour
(
    company     LowCardinality(String) COMMENT 'Company',
    company_day Date32 COMMENT 'Calendar day in the zone of the company',
    is_today    UInt8 COMMENT '1: the day that holds this moment',
    hour_start  DateTime64(3, 'UTC') COMMENT 'Start of the local hour',
    hour_label  String COMMENT 'Local label of the hour',
    `trigger`   LowCardinality(String) COMMENT 'customer or broadcast_reply; empty in the rows that only hold the hour',
    team        LowCardinality(String) COMMENT 'Team of the conversation, else of its owner',
    owner       String COMMENT 'Owner; empty without one',
    queue       LowCardinality(String) COMMENT 'Queue',
    channel     LowCardinality(String) COMMENT 'Channel that the conversation began on',
    channels    Array(LowCardinality(String)) COMMENT 'Channels of the day',
    tags        Array(LowCardinality(String)) COMMENT 'Tags',
    initiated   UInt64 COMMENT 'Conversations that customers began in that hour'
)
AS SELECT
    company, company_day, is_today, hour_start, hour_label, '' AS `trigger`, '' AS team, '' AS owner, '' AS queue, '' AS channel,
    CAST([], 'Array(LowCardinality(String))') AS channels, CAST([], 'Array(LowCardinality(String))') AS tags, toUInt64(0) AS initiated
FROM days
ARRAY JOIN hour_starts AS hour_start, hour_labels AS hour_label
UNION ALL
SELECT
    c.company, c.company_day, d.is_today, assumeNotNull(c.initiated_hour) AS hour_start,
    d.hour_labels[indexOf(d.hour_starts, assumeNotNull(c.initiated_hour))] AS hour_label, c.`trigger`,
    if(c.team = '', t.team, c.team) AS team, c.owner, c.queue, c.initiated_channel, c.channels, c.tags, count() AS initiated
FROM conversation_days AS c FINAL
INNER JOIN days AS d ON d.company = c.company AND d.company_day = c.company_day
LEFT JOIN directory_agents AS t ON t.company = c.company AND t.agent_id = c.owner
WHERE isNotNull(c.initiated_hour)
GROUP BY c.company, c.company_day, d.is_today, hour_start, hour_label, c.`trigger`, team, c.owner, c.queue, c.initiated_channel, c.channels, c.tags
COMMENT 'Conversations that customers began, by local hour. Every hour of today, the week ahead and past days with conversations has a row of 0, without channel, team and owner: filter with sumIf(initiated, ...)';

CREATE OR REPLACE VIEW open_episodes
(
    company             LowCardinality(String) COMMENT 'Company',
    conversation_id     String COMMENT 'Conversation',
    life                Int64 COMMENT 'Its newest life: an episode that an older one left open no longer counts',
    episode_no          UInt32 COMMENT 'Its open episode',
    kind                LowCardinality(String) COMMENT 'new or reopened',
    opened_at           DateTime64(3, 'UTC') COMMENT 'When the episode was opened',
    customer_id         String COMMENT 'Opaque id of the customer',
    team                LowCardinality(String) COMMENT 'Team of the conversation',
    owner               String COMMENT 'Owner; empty without one',
    owner_kind          LowCardinality(String) COMMENT 'human or ai',
    queue               LowCardinality(String) COMMENT 'Queue',
    channel             LowCardinality(String) COMMENT 'First channel of the episode',
    channels            Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags                Array(LowCardinality(String)) COMMENT 'Tags',
    messages            UInt64 COMMENT 'Counted messages of the episode',
    last_message_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'Last counted message',
    waiting_since       Nullable(DateTime64(3, 'UTC')) COMMENT 'First unanswered message by the customer',
    waiting_human_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the customer waits for a person',
    is_answered         Bool COMMENT 'There is a reply by a person or an AI',
    is_answered_by_human Bool COMMENT 'There is a reply by a person',
    auto_replied        Bool COMMENT 'Automation wrote after a message by the customer'
)
AS SELECT
    company, conversation_id, life, episode_no, kind, opened_at, customer_id, team, owner, owner_kind, queue, channel, channels, tags,
    toUInt64(customer_messages) + human_messages + ai_messages + automation_messages AS messages, last_message_at, waiting_since, waiting_human_since,
    is_answered, is_answered_by_human, auto_replied
FROM episodes FINAL
WHERE state = 'open' AND (company, conversation_id, life) IN
(
    SELECT company, conversation_id, max(life)
    FROM episodes
    WHERE (company, conversation_id) IN (SELECT company, conversation_id FROM episodes WHERE state = 'open')
    GROUP BY company, conversation_id
)
COMMENT 'Episodes that are open now, one for each open conversation'

CREATE OR REPLACE VIEW open_holds
(
    company         LowCardinality(String) COMMENT 'Company',
    conversation_id String COMMENT 'Conversation',
    life            Int64 COMMENT 'Its newest life: a hold that an older one left open no longer counts',
    hold_no         UInt32 COMMENT '1, 2, … within this life of the conversation',
    episode_no      UInt32 COMMENT 'Episode',
    agent_id        String COMMENT 'Person who holds it',
    kind            LowCardinality(String) COMMENT 'owner, or joined: beside the owner',
    began           LowCardinality(String) COMMENT 'How it began',
    started_at      DateTime64(3, 'UTC') COMMENT 'When it began',
    started_day     Date32 COMMENT 'Company day of started_at'
)
AS SELECT company, conversation_id, life, hold_no, episode_no, agent_id, kind, began, started_at, started_day
FROM holds FINAL
WHERE ended_at IS NULL AND kind IN ('owner', 'joined') AND started_at <= now64(3) AND (company, conversation_id, life) IN
(
    SELECT company, conversation_id, max(life)
    FROM episodes
    WHERE (company, conversation_id) IN (SELECT company, conversation_id FROM holds WHERE ended_at IS NULL)
    GROUP BY company, conversation_id
)
COMMENT 'Holds that last: open conversations, neither snoozed nor on hold, that people hold now'

CREATE OR REPLACE VIEW conversations_live
(
    company             LowCardinality(String) COMMENT 'Company',
    company_day         Date32 COMMENT 'Company day of the last counted message',
    is_today            UInt8 COMMENT '1: that day holds this moment',
    conversation_id     String COMMENT 'Conversation',
    episode_no          UInt32 COMMENT 'Its open episode',
    kind                LowCardinality(String) COMMENT 'new or reopened',
    customer_id         String COMMENT 'Opaque id of the customer',
    team                LowCardinality(String) COMMENT 'Team of the conversation, else of its owner',
    owner               String COMMENT 'Owner; empty without one',
    owner_kind          LowCardinality(String) COMMENT 'human or ai',
    owner_name          String COMMENT 'Display name of the owner',
    queue               LowCardinality(String) COMMENT 'Queue',
    channel             LowCardinality(String) COMMENT 'First channel of the episode',
    channels            Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags                Array(LowCardinality(String)) COMMENT 'Tags',
    opened_at           DateTime64(3, 'UTC') COMMENT 'When the episode was opened',
    last_message_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'Last counted message',
    messages            UInt64 COMMENT 'Counted messages of the episode',
    waiting_since       Nullable(DateTime64(3, 'UTC')) COMMENT 'First unanswered message by the customer',
    waiting_human_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the customer waits for a person',
    is_answered         Bool COMMENT 'There is a reply by a person or an AI',
    auto_replied        Bool COMMENT 'Automation wrote after a message by the customer'
)
AS SELECT
    e.company AS company, d.company_day AS company_day, d.is_today AS is_today, e.conversation_id AS conversation_id,
    e.episode_no AS episode_no, e.kind AS kind, e.customer_id AS customer_id, if(e.team = '', t.team, e.team) AS team,
    e.owner AS owner, e.owner_kind AS owner_kind, if(t.name = '', e.owner, t.name) AS owner_name, e.queue AS queue,
    e.channel AS channel, e.channels AS channels, e.tags AS tags, e.opened_at AS opened_at, e.last_message_at AS last_message_at,
    e.messages AS messages, e.waiting_since AS waiting_since, e.waiting_human_since AS waiting_human_since, e.is_answered AS is_answered,
    e.auto_replied AS auto_replied
FROM open_episodes AS e
LEFT JOIN directory_agents AS t ON t.company = e.company AND t.agent_id = e.owner
ASOF LEFT JOIN days AS d ON d.company = e.company AND d.from_utc <= coalesce(e.last_message_at, e.opened_at)
COMMENT 'Conversations that are open now, of any day';

CREATE OR REPLACE VIEW waiting_now
(
    company         LowCardinality(String) COMMENT 'Company',
    company_day     Date32 COMMENT 'Company day of the last counted message',
    is_today        UInt8 COMMENT '1: that day holds this moment',
    conversation_id String COMMENT 'Conversation',
    waits_for       LowCardinality(String) COMMENT 'any: a reply by a person or an AI; human: one by a person',
    stage           LowCardinality(String) COMMENT 'first reply of the episode or a next one',
    waiting_since   DateTime64(3, 'UTC') COMMENT 'When the wait began; its length is now64(3) - waiting_since',
    waiting_seconds Float64 COMMENT 'Seconds from waiting_since to the moment of the query',
    team            LowCardinality(String) COMMENT 'Team of the conversation, else of its owner',
    owner           String COMMENT 'Owner; empty without one',
    owner_name      String COMMENT 'Display name of the owner',
    queue           LowCardinality(String) COMMENT 'Queue',
    channel         LowCardinality(String) COMMENT 'First channel of the episode',
    channels        Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags            Array(LowCardinality(String)) COMMENT 'Tags'
)
AS SELECT
    w.company AS company, d.company_day AS company_day, d.is_today AS is_today, w.conversation_id AS conversation_id,
    w.wait.1 AS waits_for, if(w.wait.3, 'next', 'first') AS stage, assumeNotNull(w.wait.2) AS waiting_since,
    dateDiff('millisecond', assumeNotNull(w.wait.2), now64(3)) / 1000 AS waiting_seconds, if(w.team = '', t.team, w.team) AS team,
    w.owner AS owner, if(t.name = '', w.owner, t.name) AS owner_name, w.queue AS queue, w.channel AS channel, w.channels AS channels, w.tags AS tags
FROM
(
    SELECT company, conversation_id, coalesce(last_message_at, opened_at) AS last_at, team, owner, queue, channel, channels, tags,
        arrayJoin([('any', waiting_since, is_answered), ('human', waiting_human_since, is_answered_by_human)]) AS wait
    FROM open_episodes
    WHERE isNotNull(tupleElement(wait, 2))
) AS w
LEFT JOIN directory_agents AS t ON t.company = w.company AND t.agent_id = w.owner
ASOF LEFT JOIN days AS d ON d.company = w.company AND d.from_utc <= w.last_at
COMMENT 'Customers who wait for a reply now, of any day';

CREATE OR REPLACE VIEW agents_live
(
    company            LowCardinality(String) COMMENT 'Company',
    agent_id           String COMMENT 'Agent',
    name               String COMMENT 'Display name, else the id',
    teams              Array(LowCardinality(String)) COMMENT 'Teams of the agent: filter with hasAny(teams, [...])',
    role               LowCardinality(String) COMMENT 'Role',
    presence           LowCardinality(String) COMMENT 'available, busy, away, custom or offline; the most available device wins. unknown: only messages tell of the agent',
    label              String COMMENT 'Name of a custom presence',
    presence_since     Nullable(DateTime64(3, 'UTC')) COMMENT 'When that presence began; null if none was ever told',
    is_online          UInt8 COMMENT '1: every presence but offline and unknown',
    last_outgoing_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'Last public message by the agent that did not fail; null if never',
    open_conversations UInt64 COMMENT 'Open conversations that the agent owns',
    held_conversations UInt64 COMMENT 'Open conversations, neither snoozed nor on hold, that the agent holds, as owner or joined',
    capacity           Nullable(Int64) COMMENT 'Conversations that the agent may hold at a time; null if never told',
    company_day        Date32 COMMENT 'Company day of this moment',
    is_today           UInt8 COMMENT '1: always true: the view tells of now'
)
AS WITH
    presences AS
    (
        SELECT company, agent_id, argMin(state, (state.1, if(state.1 = 5, -1, 1) * toUnixTimestamp64Milli(ifNull(state.4, toDateTime64(0, 3, 'UTC'))))) AS now_state
        FROM
        (
            SELECT company, agent_id, device_id, argMax(
                if((ended_at IS NOT NULL AND ended_at <= now64(3)) OR (lease_until IS NOT NULL AND lease_until <= now64(3)),
                    (toInt8(5), 'offline', '', if(lease_until IS NOT NULL, last_heartbeat_at, ended_at)),
                    (toInt8(indexOf(['available', 'busy', 'away', 'custom', 'offline'], presence)), toString(presence), toString(label), toNullable(started_at))), started_at) AS state
            FROM agent_spans FINAL
            WHERE started_at <= now64(3)
            GROUP BY company, agent_id, device_id
        )
        GROUP BY company, agent_id
    ),
    outgoing AS (SELECT company, agent_id, max(last_outgoing_at) AS last_at FROM conversation_agents FINAL GROUP BY company, agent_id),
    owned AS (SELECT company, owner AS agent_id, count() AS conversations FROM open_episodes WHERE owner_kind = 'human' GROUP BY company, owner),
    held AS (SELECT company, agent_id, uniqExact(conversation_id) AS conversations FROM open_holds GROUP BY company, agent_id),
    known AS
    (
        SELECT company, agent_id FROM directory_agents
        UNION DISTINCT SELECT company, agent_id FROM presences
        UNION DISTINCT SELECT company, agent_id FROM outgoing
        UNION DISTINCT SELECT company, agent_id FROM held
    )
SELECT
    k.company AS company, k.agent_id AS agent_id, if(r.name = '', k.agent_id, r.name) AS name, r.teams AS teams, r.role AS role,
    multiIf(p.now_state.2 != '', p.now_state.2, r.agent_id = '', 'unknown', 'offline') AS presence, p.now_state.3 AS label, p.now_state.4 AS presence_since,
    presence NOT IN ('offline', 'unknown') AS is_online, o.last_at AS last_outgoing_at, h.conversations AS open_conversations,
    c.conversations AS held_conversations, r.slots AS capacity,
    y.company_day AS company_day, toUInt8(1) AS is_today
FROM known AS k
LEFT JOIN directory_agents AS r ON r.company = k.company AND r.agent_id = k.agent_id
LEFT JOIN presences AS p ON p.company = k.company AND p.agent_id = k.agent_id
LEFT JOIN outgoing AS o ON o.company = k.company AND o.agent_id = k.agent_id
LEFT JOIN owned AS h ON h.company = k.company AND h.agent_id = k.agent_id
LEFT JOIN held AS c ON c.company = k.company AND c.agent_id = k.agent_id
LEFT JOIN (SELECT company, company_day FROM days WHERE is_today) AS y ON y.company = k.company
WHERE r.role != 'ai' AND (NOT r.is_removed OR is_online)
COMMENT 'Agents as they are now: directory, presence, last message, conversations that they own';

CREATE OR REPLACE VIEW first_response_daily
(
    company                      LowCardinality(String) COMMENT 'Company',
    company_day                  Date32 COMMENT 'Company day of the reply',
    is_today                     UInt8 COMMENT '1: the day that holds this moment',
    kind                         LowCardinality(String) COMMENT 'Episode: new or reopened',
    responder_kind               LowCardinality(String) COMMENT 'human or ai',
    team                         LowCardinality(String) COMMENT 'Team at the moment of the reply, else of the responder',
    owner                        String COMMENT 'Agent who replied',
    queue                        LowCardinality(String) COMMENT 'Queue at the moment of the reply',
    priority                     LowCardinality(String) COMMENT 'Priority of the episode, now or at its close',
    channel                      LowCardinality(String) COMMENT 'First channel of the episode',
    channels                     Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags                         Array(LowCardinality(String)) COMMENT 'Tags of the episode',
    first_response_count         UInt64 COMMENT 'First replies by a person or an AI',
    first_response_seconds       Array(Float64) COMMENT 'Seconds of each: arraySort(groupArrayArray(...)) for quantiles by nearest rank',
    first_response_seconds_sum   Float64 COMMENT 'Their sum: divide the sums, never average averages',
    first_response_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    first_response_business_seconds_sum Float64 COMMENT 'Their sum',
    human_first_response_count   UInt64 COMMENT 'First replies by a person',
    human_first_response_seconds Array(Float64) COMMENT 'Seconds of each, from the hand-off if an AI served before',
    human_first_response_seconds_sum Float64 COMMENT 'Their sum',
    human_first_response_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    human_first_response_business_seconds_sum Float64 COMMENT 'Their sum',
    human_first_response_from_start_count   UInt64 COMMENT 'First replies by a person, those that nobody was handed over for, too',
    human_first_response_from_start_seconds Array(Float64) COMMENT 'Seconds of each, from the first message by the customer, whoever served between',
    human_first_response_from_start_seconds_sum Float64 COMMENT 'Their sum',
    human_first_response_from_start_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    human_first_response_from_start_business_seconds_sum Float64 COMMENT 'Their sum',
    agent_first_response_count   UInt64 COMMENT 'First replies by a person behind the accept',
    agent_first_response_seconds Array(Float64) COMMENT 'Seconds of each, from the first accept, else assignment',
    agent_first_response_seconds_sum Float64 COMMENT 'Their sum',
    agent_first_response_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    agent_first_response_business_seconds_sum Float64 COMMENT 'Their sum'
)
AS SELECT
    s.company AS company, s.company_day AS company_day, (s.company, s.company_day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    s.kind AS kind, s.responder_kind AS responder_kind, if(s.team = '', t.team, s.team) AS team, s.owner AS owner, s.queue AS queue,
    s.priority AS priority, s.channel AS channel, s.channels AS channels, s.tags AS tags,
    countIf(s.clock = 'any') AS first_response_count, groupArrayIf(s.seconds, s.clock = 'any') AS first_response_seconds,
    sumIf(s.seconds, s.clock = 'any') AS first_response_seconds_sum,
    groupArrayIf(s.business_seconds, s.clock = 'any') AS first_response_business_seconds,
    sumIf(s.business_seconds, s.clock = 'any') AS first_response_business_seconds_sum,
    countIf(s.clock = 'human') AS human_first_response_count, groupArrayIf(s.seconds, s.clock = 'human') AS human_first_response_seconds,
    sumIf(s.seconds, s.clock = 'human') AS human_first_response_seconds_sum,
    groupArrayIf(s.business_seconds, s.clock = 'human') AS human_first_response_business_seconds,
    sumIf(s.business_seconds, s.clock = 'human') AS human_first_response_business_seconds_sum,
    countIf(s.clock = 'start') AS human_first_response_from_start_count, groupArrayIf(s.seconds, s.clock = 'start') AS human_first_response_from_start_seconds,
    sumIf(s.seconds, s.clock = 'start') AS human_first_response_from_start_seconds_sum,
    groupArrayIf(s.business_seconds, s.clock = 'start') AS human_first_response_from_start_business_seconds,
    sumIf(s.business_seconds, s.clock = 'start') AS human_first_response_from_start_business_seconds_sum,
    countIf(s.clock = 'agent') AS agent_first_response_count, groupArrayIf(s.seconds, s.clock = 'agent') AS agent_first_response_seconds,
    sumIf(s.seconds, s.clock = 'agent') AS agent_first_response_seconds_sum,
    groupArrayIf(s.business_seconds, s.clock = 'agent') AS agent_first_response_business_seconds,
    sumIf(s.business_seconds, s.clock = 'agent') AS agent_first_response_business_seconds_sum
FROM
(
    SELECT company, assumeNotNull(first_response_day) AS company_day, 'any' AS clock, kind, first_responder_kind AS responder_kind,
        first_response_team AS team, first_responder AS owner, first_response_queue AS queue, priority, channel, channels, tags,
        assumeNotNull(first_response_ms) / 1000 AS seconds, assumeNotNull(first_response_business_ms) / 1000 AS business_seconds
    FROM episodes FINAL WHERE first_response_day IS NOT NULL
    UNION ALL
    SELECT company, assumeNotNull(human_first_response_day), 'human', kind, 'human', human_first_response_team, human_first_responder,
        human_first_response_queue, priority, channel, channels, tags, assumeNotNull(human_first_response_ms) / 1000,
        assumeNotNull(human_first_response_business_ms) / 1000
    FROM episodes FINAL WHERE human_first_response_day IS NOT NULL
    UNION ALL
    SELECT company, assumeNotNull(human_first_response_from_start_day), 'start', kind, 'human', human_first_response_from_start_team,
        human_first_responder_from_start, human_first_response_from_start_queue, priority, channel, channels, tags,
        assumeNotNull(human_first_response_from_start_ms) / 1000, assumeNotNull(human_first_response_from_start_business_ms) / 1000
    FROM episodes FINAL WHERE human_first_response_from_start_day IS NOT NULL
    UNION ALL
    SELECT company, assumeNotNull(agent_first_response_day), 'agent', kind, 'human', agent_first_response_team, agent_first_responder,
        agent_first_response_queue, priority, channel, channels, tags, assumeNotNull(agent_first_response_ms) / 1000,
        assumeNotNull(agent_first_response_business_ms) / 1000
    FROM episodes FINAL WHERE agent_first_response_day IS NOT NULL
) AS s
LEFT JOIN directory_agents AS t ON t.company = s.company AND t.agent_id = s.owner
GROUP BY company, company_day, is_today, kind, responder_kind, team, owner, queue, priority, channel, channels, tags
COMMENT 'First responses by the company day of the reply';

CREATE OR REPLACE VIEW replies_daily
(
    company                    LowCardinality(String) COMMENT 'Company',
    company_day                Date32 COMMENT 'Company day of the reply',
    is_today                   UInt8 COMMENT '1: the day that holds this moment',
    waits_for                  LowCardinality(String) COMMENT 'any: a reply by a person or an AI; human: one by a person. Choose one of them',
    stage                      LowCardinality(String) COMMENT 'first reply of the episode or a next one',
    kind                       LowCardinality(String) COMMENT 'Episode: new or reopened',
    responder_kind             LowCardinality(String) COMMENT 'human or ai',
    team                       LowCardinality(String) COMMENT 'Team at the moment of the reply, else of the responder',
    owner                      String COMMENT 'Agent who replied',
    queue                      LowCardinality(String) COMMENT 'Queue at the moment of the reply',
    priority                   LowCardinality(String) COMMENT 'Priority likewise',
    channel                    LowCardinality(String) COMMENT 'First channel of the episode',
    channels                   Array(LowCardinality(String)) COMMENT 'Channels of the episode up to the reply',
    tags                       Array(LowCardinality(String)) COMMENT 'Tags at the moment of the reply',
    reply_count                UInt64 COMMENT 'Answered waits',
    reply_seconds              Array(Float64) COMMENT 'Seconds of each: arraySort(groupArrayArray(...)) for quantiles by nearest rank',
    reply_seconds_sum          Float64 COMMENT 'Their sum: divide the sums, never average averages',
    reply_seconds_max          Float64 COMMENT 'The longest',
    reply_business_seconds     Array(Float64) COMMENT 'Seconds of each within business hours',
    reply_business_seconds_sum Float64 COMMENT 'Their sum',
    reply_business_seconds_max Float64 COMMENT 'The longest by that clock, which may be another wait'
)
AS SELECT
    r.company AS company, r.company_day AS company_day, (r.company, r.company_day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    r.waits_for AS waits_for, r.stage AS stage, r.kind AS kind, r.responder_kind AS responder_kind, if(r.team = '', t.team, r.team) AS team,
    r.responder AS owner, r.queue AS queue, r.priority AS priority, r.channel AS channel, r.channels AS channels, r.tags AS tags,
    count() AS reply_count, groupArray(assumeNotNull(r.reply_ms) / 1000) AS reply_seconds, sum(assumeNotNull(r.reply_ms)) / 1000 AS reply_seconds_sum,
    max(assumeNotNull(r.reply_ms)) / 1000 AS reply_seconds_max, groupArray(assumeNotNull(r.reply_business_ms) / 1000) AS reply_business_seconds,
    sum(assumeNotNull(r.reply_business_ms)) / 1000 AS reply_business_seconds_sum, max(assumeNotNull(r.reply_business_ms)) / 1000 AS reply_business_seconds_max
FROM replies AS r FINAL
LEFT JOIN directory_agents AS t ON t.company = r.company AND t.agent_id = r.responder
GROUP BY company, company_day, is_today, waits_for, stage, kind, responder_kind, team, owner, queue, priority, channel, channels, tags
COMMENT 'Answered waits by the company day of the reply';

CREATE OR REPLACE VIEW accept_to_reply_daily
(
    company                              LowCardinality(String) COMMENT 'Company',
    company_day                          Date32 COMMENT 'Company day of the reply',
    is_today                             UInt8 COMMENT '1: the day that holds this moment',
    kind                                 LowCardinality(String) COMMENT 'Hold: owner, or joined beside the owner',
    team                                 LowCardinality(String) COMMENT 'Team when the hold began, else of the agent',
    owner                                String COMMENT 'Agent who accepted and replied',
    queue                                LowCardinality(String) COMMENT 'Queue when the hold began',
    priority                             LowCardinality(String) COMMENT 'Priority likewise',
    channel                              LowCardinality(String) COMMENT 'First channel of the episode',
    accept_to_reply_count                UInt64 COMMENT 'First replies by who had accepted, else got, the conversation',
    accept_to_reply_seconds              Array(Float64) COMMENT 'Seconds of each',
    accept_to_reply_seconds_sum          Float64 COMMENT 'Their sum',
    accept_to_reply_business_seconds     Array(Float64) COMMENT 'Seconds of each within business hours',
    accept_to_reply_business_seconds_sum Float64 COMMENT 'Their sum'
)
AS SELECT
    h.company AS company, assumeNotNull(h.first_reply_day) AS company_day,
    (h.company, assumeNotNull(h.first_reply_day)) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    h.kind AS kind, if(h.team = '', t.team, h.team) AS team, h.agent_id AS owner, h.queue AS queue, h.priority AS priority, h.channel AS channel,
    count() AS accept_to_reply_count, groupArray(assumeNotNull(h.accept_to_reply_ms) / 1000) AS accept_to_reply_seconds,
    sum(assumeNotNull(h.accept_to_reply_ms)) / 1000 AS accept_to_reply_seconds_sum,
    groupArray(assumeNotNull(h.accept_to_reply_business_ms) / 1000) AS accept_to_reply_business_seconds,
    sum(assumeNotNull(h.accept_to_reply_business_ms)) / 1000 AS accept_to_reply_business_seconds_sum
FROM holds AS h FINAL
LEFT JOIN directory_agents AS t ON t.company = h.company AND t.agent_id = h.agent_id
WHERE isNotNull(h.first_reply_day)
GROUP BY company, company_day, is_today, kind, team, owner, queue, priority, channel
COMMENT 'Accepts and the first reply of who accepted, by the company day of the reply';

CREATE OR REPLACE VIEW transfers
(
    company         LowCardinality(String) COMMENT 'Company',
    company_day     Date32 COMMENT 'Company day of the transfer',
    is_today        UInt8 COMMENT '1: the day that holds this moment',
    transferred_at  DateTime64(3, 'UTC') COMMENT 'When',
    kind            LowCardinality(String) COMMENT 'agent, team or queue',
    reason          LowCardinality(String) COMMENT 'transferred, or reassigned: another owner was named after one who had accepted or replied',
    from_agent      String COMMENT 'Who gave it',
    to_agent        String COMMENT 'Who got it',
    from_team       LowCardinality(String) COMMENT 'Team before',
    to_team         LowCardinality(String) COMMENT 'Team behind',
    from_queue      LowCardinality(String) COMMENT 'Queue before',
    to_queue        LowCardinality(String) COMMENT 'Queue behind',
    conversation_id String COMMENT 'Conversation',
    life            Int64 COMMENT 'Offset of the first record of this life of the conversation',
    episode_no      UInt32 COMMENT 'Episode',
    team            LowCardinality(String) COMMENT 'Team before, else of who gave it',
    owner           String COMMENT 'Who gave it',
    queue           LowCardinality(String) COMMENT 'Queue before',
    priority        LowCardinality(String) COMMENT 'Priority of the episode, now or at its close',
    channel         LowCardinality(String) COMMENT 'First channel of the episode',
    channels        Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags            Array(LowCardinality(String)) COMMENT 'Tags of the episode'
)
AS SELECT
    e.company AS company, e.day AS company_day, (e.company, e.day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    e.at AS transferred_at, e.kind AS kind, e.reason AS reason, e.from_agent AS from_agent, e.to_agent AS to_agent, e.from_team AS from_team,
    e.to_team AS to_team, e.from_queue AS from_queue, e.to_queue AS to_queue, e.conversation_id AS conversation_id, e.life AS life,
    e.episode_no AS episode_no, if(e.from_team = '', t.team, e.from_team) AS team, e.from_agent AS owner, e.from_queue AS queue,
    e.priority AS priority, e.channel AS channel, e.channels AS channels, e.tags AS tags
FROM
(
    SELECT company, conversation_id, life, episode_no, priority, channel, channels, tags, x.at AS at, x.company_day AS day, x.kind AS kind,
        x.reason AS reason, x.from_agent AS from_agent, x.to_agent AS to_agent, x.from_team AS from_team, x.to_team AS to_team,
        x.from_queue AS from_queue, x.to_queue AS to_queue
    FROM episodes FINAL
    ARRAY JOIN transfers AS x
) AS e
LEFT JOIN directory_agents AS t ON t.company = e.company AND t.agent_id = e.from_agent
COMMENT 'Transfers, one row each';

CREATE OR REPLACE VIEW escalations
(
    company         LowCardinality(String) COMMENT 'Company',
    company_day     Date32 COMMENT 'Company day of the escalation',
    is_today        UInt8 COMMENT '1: the day that holds this moment',
    escalated_at    DateTime64(3, 'UTC') COMMENT 'When',
    kind            LowCardinality(String) COMMENT 'join, takeover or tier',
    agent_id        String COMMENT 'Who came in',
    tier            LowCardinality(String) COMMENT 'Tier of support that was asked',
    conversation_id String COMMENT 'Conversation',
    life            Int64 COMMENT 'Offset of the first record of this life of the conversation',
    episode_no      UInt32 COMMENT 'Episode',
    team            LowCardinality(String) COMMENT 'Team at that moment, else of the owner',
    owner           String COMMENT 'Owner at that moment',
    queue           LowCardinality(String) COMMENT 'Queue of the episode, now or at its close',
    priority        LowCardinality(String) COMMENT 'Priority of the episode, now or at its close',
    channel         LowCardinality(String) COMMENT 'First channel of the episode',
    channels        Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags            Array(LowCardinality(String)) COMMENT 'Tags of the episode'
)
AS SELECT
    e.company AS company, e.day AS company_day, (e.company, e.day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    e.at AS escalated_at, e.kind AS kind, e.agent_id AS agent_id, e.tier AS tier, e.conversation_id AS conversation_id, e.life AS life,
    e.episode_no AS episode_no, if(e.team = '', t.team, e.team) AS team, e.owner AS owner, e.queue AS queue, e.priority AS priority,
    e.channel AS channel, e.channels AS channels, e.tags AS tags
FROM
(
    SELECT company, conversation_id, life, episode_no, queue, priority, channel, channels, tags, x.at AS at, x.company_day AS day, x.kind AS kind,
        x.agent_id AS agent_id, x.tier AS tier, x.owner AS owner, x.team AS team
    FROM episodes FINAL
    ARRAY JOIN escalations AS x
) AS e
LEFT JOIN directory_agents AS t ON t.company = e.company AND t.agent_id = e.owner
COMMENT 'Escalations, one row each';

CREATE OR REPLACE VIEW handle_time_daily
(
    company                            LowCardinality(String) COMMENT 'Company',
    company_day                        Date32 COMMENT 'Company day of the close',
    is_today                           UInt8 COMMENT '1: the day that holds this moment',
    kind                               LowCardinality(String) COMMENT 'Episode: new or reopened',
    close_reason                       LowCardinality(String) COMMENT 'resolved, customer_left, timeout, spam, merged or ai_resolved',
    team                               LowCardinality(String) COMMENT 'Team at the close, else of the owner',
    owner                              String COMMENT 'Owner at the close; empty without one',
    queue                              LowCardinality(String) COMMENT 'Queue at the close',
    priority                           LowCardinality(String) COMMENT 'Priority at the close',
    channel                            LowCardinality(String) COMMENT 'First channel of the episode',
    channels                           Array(LowCardinality(String)) COMMENT 'Channels of the episode',
    tags                               Array(LowCardinality(String)) COMMENT 'Tags at the close',
    closed_count                       UInt64 COMMENT 'Closed episodes',
    handled_count                      UInt64 COMMENT 'Of these: a person held it or replied',
    transferred_count                  UInt64 COMMENT 'Of the handled ones: transferred at least once. The transfer ratio is sum(transferred_count) / sum(handled_count)',
    escalated_count                    UInt64 COMMENT 'Of the handled ones: escalated at least once. The escalation ratio likewise',
    open_seconds                       Array(Float64) COMMENT 'Of each closed one: seconds from opened to closed',
    open_seconds_sum                   Float64 COMMENT 'Their sum',
    open_business_seconds              Array(Float64) COMMENT 'The same within business hours',
    open_business_seconds_sum          Float64 COMMENT 'Their sum',
    open_active_seconds                Array(Float64) COMMENT 'Of each closed one: seconds without what it was snoozed or on hold',
    open_active_seconds_sum            Float64 COMMENT 'Their sum',
    open_active_business_seconds       Array(Float64) COMMENT 'The same within business hours',
    open_active_business_seconds_sum   Float64 COMMENT 'Their sum',
    handle_seconds                     Array(Float64) COMMENT 'Of each handled one: seconds in which at least one person held it, and the work after the contact',
    handle_seconds_sum                 Float64 COMMENT 'Their sum. The average handle time is sum(handle_seconds_sum) / sum(handled_count)',
    handle_business_seconds            Array(Float64) COMMENT 'The same within business hours',
    handle_business_seconds_sum        Float64 COMMENT 'Their sum',
    active_handle_seconds              Array(Float64) COMMENT 'Of each handled one: sum of the gaps between its messages, without long ones',
    active_handle_seconds_sum          Float64 COMMENT 'Their sum',
    active_handle_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    active_handle_business_seconds_sum Float64 COMMENT 'Their sum',
    after_contact_seconds              Array(Float64) COMMENT 'Of each handled one: seconds of work after the contact, part of handle_seconds',
    after_contact_seconds_sum          Float64 COMMENT 'Their sum',
    after_contact_business_seconds     Array(Float64) COMMENT 'The same within business hours',
    after_contact_business_seconds_sum Float64 COMMENT 'Their sum'
)
AS SELECT
    e.company AS company, assumeNotNull(e.closed_day) AS company_day,
    (e.company, assumeNotNull(e.closed_day)) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    e.kind AS kind, e.close_reason AS close_reason, if(e.team = '', t.team, e.team) AS team, e.owner AS owner, e.queue AS queue,
    e.priority AS priority, e.channel AS channel, e.channels AS channels, e.tags AS tags,
    count() AS closed_count, countIf(e.is_handled) AS handled_count,
    countIf(e.is_handled AND notEmpty(e.transfers.at)) AS transferred_count, countIf(e.is_handled AND notEmpty(e.escalations.at)) AS escalated_count,
    groupArray(e.open_ms / 1000) AS open_seconds, sum(ifNull(e.open_ms, 0)) / 1000 AS open_seconds_sum,
    groupArray(e.open_business_ms / 1000) AS open_business_seconds, sum(ifNull(e.open_business_ms, 0)) / 1000 AS open_business_seconds_sum,
    groupArray(e.open_active_ms / 1000) AS open_active_seconds, sum(ifNull(e.open_active_ms, 0)) / 1000 AS open_active_seconds_sum,
    groupArray(e.open_active_business_ms / 1000) AS open_active_business_seconds,
    sum(ifNull(e.open_active_business_ms, 0)) / 1000 AS open_active_business_seconds_sum,
    groupArray(e.handle_ms / 1000) AS handle_seconds, sum(ifNull(e.handle_ms, 0)) / 1000 AS handle_seconds_sum,
    groupArray(e.handle_business_ms / 1000) AS handle_business_seconds, sum(ifNull(e.handle_business_ms, 0)) / 1000 AS handle_business_seconds_sum,
    groupArray(e.active_handle_ms / 1000) AS active_handle_seconds, sum(ifNull(e.active_handle_ms, 0)) / 1000 AS active_handle_seconds_sum,
    groupArray(e.active_handle_business_ms / 1000) AS active_handle_business_seconds,
    sum(ifNull(e.active_handle_business_ms, 0)) / 1000 AS active_handle_business_seconds_sum,
    groupArray(e.after_contact_ms / 1000) AS after_contact_seconds, sum(ifNull(e.after_contact_ms, 0)) / 1000 AS after_contact_seconds_sum,
    groupArray(e.after_contact_business_ms / 1000) AS after_contact_business_seconds,
    sum(ifNull(e.after_contact_business_ms, 0)) / 1000 AS after_contact_business_seconds_sum
FROM episodes AS e FINAL
LEFT JOIN directory_agents AS t ON t.company = e.company AND t.agent_id = e.owner
WHERE isNotNull(e.closed_day)
GROUP BY company, company_day, is_today, kind, close_reason, team, owner, queue, priority, channel, channels, tags
COMMENT 'Closed episodes and the work that they took, by the company day of the close';

CREATE OR REPLACE VIEW concurrency
(
    company            LowCardinality(String) COMMENT 'Company',
    company_day        Date32 COMMENT 'Calendar day in the zone of the company; a hold over midnight has a part in both',
    is_today           UInt8 COMMENT '1: the day that holds this moment; what lasts counts up to now',
    agent_id           String COMMENT 'Agent',
    name               String COMMENT 'Display name, else the id',
    team               LowCardinality(String) COMMENT 'First team of the agent',
    teams              Array(LowCardinality(String)) COMMENT 'Teams of the agent: filter with hasAny(teams, [...])',
    held_conversations UInt64 COMMENT 'Conversations that the agent held on the day',
    concurrency_max    UInt64 COMMENT 'Most conversations held at the same time',
    busy_seconds       Float64 COMMENT 'Seconds in which the agent held at least one',
    held_seconds       Float64 COMMENT 'Sum over the conversations. The average concurrency is sum(held_seconds) / sum(busy_seconds)'
)
AS WITH
    held AS
    (
        SELECT company, conversation_id, agent_id, started_at, assumeNotNull(ended_at) AS until,
            arrayJoin(range(toInt32(started_day), toInt32(assumeNotNull(ended_day)) + 1)) AS day
        FROM holds FINAL
        WHERE kind IN ('owner', 'joined') AND ended_at IS NOT NULL
        UNION ALL
        SELECT h.company, h.conversation_id, h.agent_id, h.started_at, now64(3, 'UTC'), arrayJoin(range(toInt32(h.started_day), l.last_day + 1))
        FROM open_holds AS h
        INNER JOIN (SELECT company, max(toInt32(company_day)) AS last_day FROM days WHERE from_utc <= now64(3) GROUP BY company) AS l ON l.company = h.company
    ),
    -- The edges of an interval are numbers in order of time, two for each millisecond: an odd one begins, an even one ends, and at one
    -- instant the ends come first. So what ends when another begins does not overlap it. A person who owns a conversation and joined it
    -- holds it once.
    conversations AS
    (
        SELECT company, company_day, agent_id, conversation_id, arraySort(groupArrayArray([2 * from_ms + 1, 2 * until_ms])) AS all_edges,
            arrayCumSum(arrayMap(edge -> if(bitAnd(edge, 1) = 1, 1, -1), all_edges)) AS depth,
            arrayFilter((edge, n) -> n = bitAnd(edge, 1), all_edges, depth) AS edges
        FROM
        (
            SELECT d.company AS company, d.company_day AS company_day, h.agent_id AS agent_id, h.conversation_id AS conversation_id,
                toUnixTimestamp64Milli(greatest(h.started_at, d.from_utc)) AS from_ms, toUnixTimestamp64Milli(least(h.until, d.to_utc)) AS until_ms
            FROM held AS h
            INNER JOIN days AS d ON d.company = h.company AND toInt32(d.company_day) = h.day
            WHERE from_ms < until_ms
        )
        GROUP BY company, company_day, agent_id, conversation_id
    ),
    agents AS
    (
        SELECT company, company_day, agent_id, count() AS conversations, arraySort(groupArrayArray(edges)) AS all_edges,
            arrayCumSum(arrayMap(edge -> if(bitAnd(edge, 1) = 1, 1, -1), all_edges)) AS depth,
            arrayMap(edge -> if(bitAnd(edge, 1) = 1, -1, 1) * intDiv(edge, 2), all_edges) AS signed_ms
        FROM conversations
        GROUP BY company, company_day, agent_id
    )
SELECT
    a.company AS company, a.company_day AS company_day, (a.company, a.company_day) IN (SELECT company, company_day FROM days WHERE is_today) AS is_today,
    a.agent_id AS agent_id, if(t.name = '', a.agent_id, t.name) AS name, t.team AS team, t.teams AS teams, a.conversations AS held_conversations,
    arrayMax(a.depth) AS concurrency_max,
    arraySum((edge, n, ms) -> if(n = bitAnd(edge, 1), ms, 0), a.all_edges, a.depth, a.signed_ms) / 1000 AS busy_seconds,
    arraySum(a.signed_ms) / 1000 AS held_seconds
FROM agents AS a
LEFT JOIN directory_agents AS t ON t.company = a.company AND t.agent_id = a.agent_id
COMMENT 'How many conversations agents held at the same time, by company day';

CREATE OR REPLACE VIEW messages
(
    company         LowCardinality(String) COMMENT 'Company',
    conversation_id String COMMENT 'Conversation',
    message_id      String COMMENT 'Message, unique within the conversation',
    sent_at         DateTime64(3, 'UTC') COMMENT 'When it was written; of a message that was told more than once the first time',
    channel         LowCardinality(String) COMMENT 'Channel; empty if not told',
    direction       LowCardinality(String) COMMENT 'in from the customer, out to the customer',
    author_kind     LowCardinality(String) COMMENT 'customer, human, supervisor, ai, automation, campaign or system',
    agent_id        String COMMENT 'Author; empty if it is no agent',
    is_failed       UInt8 COMMENT '1: a message of the company that could not be delivered, told at once or later'
)
AS SELECT
    company, conversation_id, message_id, first.1 AS sent_at, first.2 AS channel, first.3 AS direction, first.4 AS author_kind, first.5 AS agent_id,
    failed AND first.4 != 'customer' AS is_failed
FROM
(
    SELECT company, conversation_id, message_id, max(delivery = 'failed') AS failed,
        argMinIf((occurred_at, channel, direction, author_kind, agent_id), (occurred_at, sequence, event_id), type = 'message') AS first
    FROM events FINAL
    WHERE type = 'message' AND visibility = 'public' AND kind IN ('text', 'file') OR status = 'delivery_updated' AND delivery = 'failed'
    GROUP BY company, conversation_id, message_id
    HAVING countIf(type = 'message') > 0
)
COMMENT 'Public texts and files, campaigns too, one row each';

CREATE OR REPLACE VIEW messages_daily
(
    company         LowCardinality(String) COMMENT 'Company',
    company_day     Date32 COMMENT 'Company day of the message',
    is_today        UInt8 COMMENT '1: the day that holds this moment',
    channel         LowCardinality(String) COMMENT 'Channel of the message; empty if not told',
    direction       LowCardinality(String) COMMENT 'in from the customer, out to the customer',
    author_kind     LowCardinality(String) COMMENT 'customer, human, supervisor, ai, automation, campaign or system',
    messages        UInt64 COMMENT 'Public texts and files, campaigns too',
    failed_messages UInt64 COMMENT 'Of these: messages of the company that could not be delivered, told at once or later'
)
AS SELECT
    m.company AS company, d.company_day AS company_day, toUInt8(1) AS is_today, m.channel AS channel, m.direction AS direction,
    m.author_kind AS author_kind, count() AS messages, countIf(m.is_failed) AS failed_messages
FROM messages AS m
INNER JOIN (SELECT company, company_day, from_utc, to_utc FROM days WHERE is_today) AS d ON d.company = m.company
WHERE m.sent_at >= d.from_utc AND m.sent_at < d.to_utc
    AND m.conversation_id IN (SELECT conversation_id FROM events WHERE occurred_at >= (SELECT min(from_utc) FROM days WHERE is_today))
GROUP BY company, company_day, channel, direction, author_kind
UNION ALL
SELECT
    m.company AS company, d.company_day AS company_day, toUInt8(0) AS is_today, m.channel AS channel, m.direction AS direction,
    m.author_kind AS author_kind, count() AS messages, countIf(m.is_failed) AS failed_messages
FROM messages AS m
ASOF INNER JOIN (SELECT company, company_day, from_utc, to_utc FROM days WHERE NOT is_today) AS d ON d.company = m.company AND d.from_utc <= m.sent_at
WHERE m.sent_at < d.to_utc
GROUP BY company, company_day, channel, direction, author_kind
COMMENT 'Messages by company day, channel, direction and author. Those of today are read apart, so that a board reads no other conversations';

package schemas

import "slices"

// Keys of the metrics that code names.
const (
	MetricActiveToday          = "conversations_active_today"
	MetricWaitingFirstResponse = "conversations_waiting_first_response"
	MetricAssignedToday        = "conversations_assigned_today"
	MetricUnassignedToday      = "conversations_unassigned_today"
	MetricOpenToday            = "conversations_open_today"
	MetricClosedToday          = "conversations_closed_today"
	MetricInitiatedToday       = "conversations_initiated_today"
	MetricFirstResponse        = "first_response_seconds"
	MetricHumanFirstResponse   = "human_first_response_seconds"
	MetricAgentFirstResponse   = "agent_first_response_seconds"
	MetricReply                = "reply_seconds"
	MetricAcceptToReply        = "accept_to_reply_seconds"
	MetricOpenSeconds          = "open_seconds"
	MetricHandle               = "handle_seconds"
	MetricActiveHandle         = "active_handle_seconds"
	MetricCloses               = "closes"
	MetricHandledCloses        = "handled_closes"
	MetricTransfers            = "transfers"
	MetricEscalations          = "escalations"
	MetricMessages             = "messages"
	MetricFailedMessages       = "failed_messages"
	MetricBacklog              = "conversations_backlog"
	MetricAgentConversations   = "agent_conversations"
	MetricAgentCapacity        = "agent_capacity"
	MetricWaitingReply         = "conversations_waiting_reply"
	MetricWaitingOldest        = "waiting_oldest_timestamp_seconds"
	MetricWaitingStartSum      = "waiting_start_sum_seconds"
	MetricAgents               = "agents"
	MetricAgentState           = "agent_state"
	MetricAgentLastOutgoing    = "agent_last_outgoing_timestamp_seconds"
	MetricAgentsOverflow       = "agents_overflow"
	MetricEvents               = "events"
	MetricRejects              = "rejects"
	MetricDuplicates           = "duplicates"
	MetricEventConflicts       = "event_conflicts"
	MetricIgnoredStatuses      = "ignored_statuses"
	MetricLateEvents           = "late_events"
	MetricRowsWritten          = "rows_written"
	MetricFlush                = "flush_seconds"
	MetricFlushFailures        = "flush_failures"
	MetricForwardFailures      = "forward_failures"
	MetricEndToEndLatency      = "end_to_end_latency_seconds"
	MetricWatermark            = "watermark_timestamp_seconds"
	MetricLag                  = "lag_records"
	MetricLoad                 = "load_seconds"
	MetricPendingRows          = "pending_rows"
	MetricPartitionsOwned      = "partitions_owned"
	MetricPartitionsCaughtUp   = "partitions_caught_up"
	MetricPartitions           = "partitions"
	MetricStoreUp              = "clickhouse_up"
	MetricProvisional          = "conversations_provisional"
	MetricUnreadable           = "conversations_unreadable"
	MetricPendingBytes         = "pending_bytes"
	MetricLookup               = "lookup_seconds"
	MetricCappedEvents         = "capped_events"
	MetricOutdatedEvents       = "outdated_events"
	MetricRollup               = "rollup_seconds"
	MetricRollupsDue           = "rollups_due"
	MetricBuildInfo            = "build_info"
)

// Values of the label and column scope.
const (
	ScopeToday = "today" // active on the company's current calendar day
	ScopeAll   = "all"   // open episodes of any day
)

var conversationLabels = []string{"company", "team", "channel", "queue"}

func labels(more ...string) []string {
	return append(append([]string{}, conversationLabels...), more...)
}

// Metrics is the dictionary.
var Metrics = slices.Concat([]Metric{
	{Key: MetricActiveToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels(), Merge: MergeSum, Source: "R9",
		Columns: []string{"live_tiles.active"},
		Means:   "Conversations with at least one counted message inside the company's current calendar day.",
		Notes:   "Counted: public text or file by customer, human, supervisor, AI or automation that did not fail. Notes, whispers, surveys, edits, reactions, status changes and broadcasts do not count. Resets at the start of the company's day."},
	{Key: MetricWaitingFirstResponse, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels("scope", "status"), Merge: MergeSum, Source: "R5",
		Columns: []string{"live_tiles.waiting_first_response", "live_tiles.waiting_first_response_open"},
		Means:   "Conversations active today whose latest episode has a customer message and no message by a person or an AI, open or closed.",
		Notes:   "Automation and broadcasts do not answer. scope=today is the tile; scope=all counts open episodes of any day, for alerts and the night."},
	{Key: MetricAssignedToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels("owner_kind"), Merge: MergeSum, Source: "R9",
		Columns: []string{"live_tiles.assigned"},
		Means:   "Conversations active today that have an owner, a person or an AI.",
		Notes:   "Assigned and unassigned always add up to active. A team without an owner is unassigned."},
	{Key: MetricUnassignedToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels(), Merge: MergeSum, Source: "R9",
		Columns: []string{"live_tiles.unassigned"},
		Means:   "Conversations active today that have no owner, even if a team has them.",
		Notes:   "Not the queue: it also holds conversations that were closed without an owner."},
	{Key: MetricOpenToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels(), Merge: MergeSum, Source: "R9",
		Columns: []string{"live_tiles.open"},
		Means:   "Conversations active today that are open now.",
		Notes:   "Pending, waiting, snoozed and on hold are open. Open and closed always add up to active."},
	{Key: MetricClosedToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels(), Merge: MergeSum, Source: "R9",
		Columns: []string{"live_tiles.closed"},
		Means:   "Conversations active today that are closed now.",
		Notes:   "Not the number of closes during the day."},
	{Key: MetricInitiatedToday, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels("trigger"), Merge: MergeSum, Source: "R9",
		Columns: []string{"initiated_per_hour.initiated"},
		Means:   "Conversations that customers began today, per local hour of the customer's first message.",
		Notes:   "New conversations only: reopened ones and those that the company began do not count; the first answer to a broadcast does (trigger broadcast_reply). Hours are keyed by their UTC start, so a day has 23, 24 or 25. The gauge is the day's total."},
	{Key: MetricFirstResponse, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "responder", "kind"}, Source: "R5",
		Columns: []string{"first_response_daily.first_response_seconds", "first_response_daily.first_response_business_seconds", "first_response_daily.first_response_count"},
		Means:   "Seconds from the customer's first message of an episode to the first reply by a person or an AI.",
		Notes:   "One per episode, on the company day of the reply. Automation and broadcasts are no replies. An episode that the company began has none. A reply that failed is taken back in ClickHouse. kind is new or reopened. The histogram takes each reply once, when it comes: only live ones, from zero at each start, and none is taken back there; ClickHouse is the ledger."},
	{Key: MetricHumanFirstResponse, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "responder", "kind"}, Source: "R5",
		Columns: []string{"first_response_daily.human_first_response_seconds", "first_response_daily.human_first_response_business_seconds", "first_response_daily.human_first_response_count"},
		Means:   "Seconds from the hand-off if an AI served before, else from the customer's first message, to the first reply by a person.",
		Notes:   "No sample if an AI served and nobody was handed over: nobody waited for a person. The histogram is like that of first_response_seconds."},
	{Key: "human_first_response_from_start_seconds", Kind: KindColumn, Surface: SurfaceFloor, Source: "R5",
		Columns: []string{"first_response_daily.human_first_response_from_start_seconds", "first_response_daily.human_first_response_from_start_business_seconds", "first_response_daily.human_first_response_from_start_count", "daily.count", "hourly.count"},
		Means:   "Seconds from the customer's first message of an episode to the first reply by a person, whoever served between.",
		Notes:   "The time with an AI counts, so it tells how long the way to a person was and not how fast people answer: that is human_first_response_seconds. One per episode that the customer began, also if an AI served and nobody was handed over."},
	{Key: MetricAgentFirstResponse, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "kind"}, Source: "R5",
		Columns: []string{"first_response_daily.agent_first_response_seconds", "first_response_daily.agent_first_response_business_seconds", "first_response_daily.agent_first_response_count"},
		Means:   "Seconds from the first accept by a person, else the first assignment to one, to the first reply by a person.",
		Notes:   "It begins with the customer's first message if that came later. One per episode that the customer began. The histogram is like that of first_response_seconds."},
	{Key: MetricReply, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "for", "turn", "responder"}, Source: "R5",
		Columns: []string{"replies_daily.reply_seconds", "replies_daily.reply_business_seconds", "replies_daily.reply_count", "replies_daily.reply_seconds_max", "replies_daily.reply_business_seconds_max"},
		Means:   "Seconds that a customer waited for a reply, first and later ones; for=any is the headline, for=human the wait for a person.",
		Notes:   "One per answered wait of either clock. No sample if nobody waited: an agent who writes twice gives one. On the company day of the reply, to its author. The histogram is like that of first_response_seconds."},
	{Key: MetricAcceptToReply, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel"}, Source: "R17",
		Columns: []string{"accept_to_reply_daily.accept_to_reply_seconds", "accept_to_reply_daily.accept_to_reply_business_seconds", "accept_to_reply_daily.accept_to_reply_count"},
		Means:   "Seconds from a person accepting a conversation, else getting it, to that person's first reply.",
		Notes:   "One per hold by an owner or somebody who joined. The histogram is like that of first_response_seconds."},
	{Key: MetricOpenSeconds, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel"}, Source: "R6",
		Columns: []string{"handle_time_daily.open_seconds", "handle_time_daily.open_business_seconds", "handle_time_daily.open_active_seconds", "handle_time_daily.open_active_business_seconds"},
		Means:   "Seconds from a conversation being opened to being closed.",
		Notes:   "By the company day of the close. open_active_seconds leave out what it was snoozed or on hold. The histogram is like that of first_response_seconds."},
	{Key: MetricHandle, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel"}, Source: "R17",
		Columns: []string{"handle_time_daily.handle_seconds", "handle_time_daily.handle_business_seconds", "handle_time_daily.after_contact_seconds", "handle_time_daily.after_contact_business_seconds"},
		Means:   "Seconds in which at least one person held a conversation that was neither snoozed nor on hold, and the work after the contact.",
		Notes:   "From the accept, else the assignment, else the first message by a person. One per closed episode that a person held or replied in, by the day of the close; its mean is the average handle time. A night in which it stays assigned counts: see the median, and active_handle_seconds. The histogram takes it at the close, without the work after the contact, and is otherwise like that of first_response_seconds."},
	{Key: MetricActiveHandle, Kind: KindHistogram, Unit: "seconds", Surface: SurfaceFloor, Labels: []string{"company", "team", "channel"}, Source: "R17",
		Columns: []string{"handle_time_daily.active_handle_seconds", "handle_time_daily.active_handle_business_seconds"},
		Means:   "Sum of the gaps between the messages of a closed episode, without those that are too long for work.",
		Notes:   "A gap before a message by the customer counts under 4 minutes, before others under 10. The histogram is like that of first_response_seconds."},
	{Key: MetricCloses, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "reason"}, Source: "R6",
		Columns: []string{"handle_time_daily.closed_count"},
		Means:   "Episodes that were closed, by reason.",
		Notes:   "Live ones only, each once; none is taken back. ClickHouse is the ledger."},
	{Key: MetricHandledCloses, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "transferred", "escalated"}, Source: "R18",
		Columns: []string{"handle_time_daily.handled_count", "handle_time_daily.transferred_count", "handle_time_daily.escalated_count"},
		Means:   "Closed episodes that a person held or replied in, by whether they were transferred or escalated: the transfer ratio and the escalation ratio.",
		Notes:   "Live ones only, each once; none is taken back. ClickHouse is the ledger."},
	{Key: MetricTransfers, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "kind", "reason"}, Source: "R18",
		Columns: []string{"transfers.transferred_at"},
		Means:   "Transfers of conversations to another person, team or queue.",
		Notes:   "reason is transferred, or reassigned where another owner was named after one who had accepted or replied. Not: the first assignment, another try before anybody accepted, a hand-off by an AI, giving it back to the same person, joining. team is the one before. Live ones only, each once; none is taken back. ClickHouse is the ledger."},
	{Key: MetricEscalations, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "team", "channel", "kind"}, Source: "R19",
		Columns: []string{"escalations.escalated_at"},
		Means:   "Supervisors joining or taking over, and other tiers of support being asked.",
		Notes:   "Watching and whispering are none. Live ones only, each once; none is taken back. ClickHouse is the ledger."},
	{Key: MetricMessages, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "channel", "direction", "author_kind"}, Source: "R2",
		Columns: []string{"messages_daily.messages"},
		Means:   "Messages, by direction and author.",
		Notes:   "Public texts and files of everybody, campaigns too; a message that fails later was counted. Live ones only. ClickHouse is the ledger."},
	{Key: MetricFailedMessages, Kind: KindCounter, Surface: SurfaceFloor, Labels: []string{"company", "channel"}, Source: "R4",
		Columns: []string{"messages_daily.failed_messages"},
		Means:   "Messages of the company that could not be delivered.",
		Notes:   "The counter when that is told, however late; the column on the company day of the message, a part of messages. The counter takes live ones only. ClickHouse is the ledger."},
	{Key: MetricBacklog, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels("owner_kind"), Merge: MergeSum, Source: "R6",
		Columns: []string{"conversations_live.conversation_id"},
		Means:   "Open conversations of any day, by whether a person, an AI or nobody owns them.",
		Notes:   "Not open today: that counts only conversations with a message on the company's day. owner_kind is empty where nobody owns it."},
	{Key: MetricWaitingReply, Kind: KindGauge, Surface: SurfaceFloor, Labels: labels("for", "stage"), Merge: MergeSum, Source: "R5",
		Columns: []string{"waiting_now.waiting_since"},
		Means:   "Customers who wait for a reply now, for anybody or for a person, for the first or a next reply.",
		Notes:   "A wait begins at the first unanswered customer message; closing ends it without a sample. Open episodes of any day."},
	{Key: MetricWaitingOldest, Kind: KindGauge, Unit: "timestamp_seconds", Surface: SurfaceFloor, Labels: labels("for", "stage"), Merge: MergeMin, Source: "R5",
		Columns: []string{"waiting_now.waiting_since", "waiting_now.waiting_seconds"},
		Means:   "When the longest of the open waits began; the longest wait is now minus this.",
		Notes:   "Absent when nobody waits."},
	{Key: MetricWaitingStartSum, Kind: KindGauge, Unit: "seconds", Surface: SurfaceFloor, Labels: labels("for", "stage"), Merge: MergeSum, Source: "R5",
		Columns: []string{"waiting_now.waiting_since"},
		Means:   "Sum of the instants at which the open waits began; the average wait is now minus this divided by their number.",
		Notes:   "Unix seconds. Absent when nobody waits."},
	{Key: MetricAgents, Kind: KindGauge, Surface: SurfaceFloor, Labels: []string{"company", "state"}, Merge: MergeSum, Source: "R16",
		Columns: []string{"agents_live.presence", "agents_live.is_online"},
		Means:   "Agents by presence; online is every presence but offline and unknown.",
		Notes:   "Each agent once, although on several devices or in several teams. Offline counts agents of the directory without a presence too; removed ones do not count unless they are online; agents with the role ai never do."},
	{Key: MetricAgentState, Kind: KindGauge, Surface: SurfaceFloor, Labels: []string{"company", "agent", "state"}, Merge: MergeSum, Source: "R16",
		Columns: []string{"agents_live.presence", "agents_live.presence_since"},
		Means:   "1 for the presence that an agent has now, one series an agent.",
		Notes:   "The most available device wins. A presence with heartbeats lapses to offline two minutes after the last one. Past the cap on agents the rest is counted in agents_overflow."},
	{Key: MetricAgentLastOutgoing, Kind: KindGauge, Unit: "timestamp_seconds", Surface: SurfaceFloor, Labels: []string{"company", "agent"}, Merge: MergeMax, Source: "R5",
		Columns: []string{"agents_live.last_outgoing_at"},
		Means:   "When the agent's last public message that did not fail was sent.",
		Notes:   "Notes, whispers, campaigns, automation and AI messages do not count; not cut at midnight; absent if never."},
	{Key: MetricAgentConversations, Kind: KindGauge, Surface: SurfaceFloor, Labels: []string{"company", "agent"}, Merge: MergeSum, Source: "R17",
		Columns: []string{"agents_live.held_conversations"},
		Means:   "Open conversations that a person owns now and that are neither snoozed nor on hold.",
		Notes:   "Agents without one, and past the cap on agents, have no series. Those who joined beside the owner count in ClickHouse only."},
	{Key: MetricAgentCapacity, Kind: KindGauge, Surface: SurfaceFloor, Labels: []string{"company", "agent"}, Merge: MergeMax, Source: "R17",
		Columns: []string{"agents_live.capacity"},
		Means:   "Conversations that an agent may hold at a time, as last told.",
		Notes:   "Absent where it was never told, and past the cap on agents."},
	{Key: "agent_open_conversations", Kind: KindColumn, Surface: SurfaceFloor, Source: "R6",
		Columns: []string{"agents_live.open_conversations"},
		Means:   "Open conversations that the agent owns."},
	{Key: "agent_concurrency", Kind: KindColumn, Surface: SurfaceFloor, Source: "R17",
		Columns: []string{"agents_live.held_conversations", "concurrency.concurrency_max", "concurrency.busy_seconds", "concurrency.held_seconds", "concurrency.held_conversations"},
		Means:   "Conversations that an agent holds at the same time, as owner or joined: open ones, neither snoozed nor on hold.",
		Notes:   "Now in agents_live; of a day in concurrency: the most, and on average held_seconds / busy_seconds, over the time with at least one. What lasts counts up to now. What ends in the moment in which another begins does not overlap it. Who owns a conversation and joined it holds it once. Work after the contact, watching and whispering count nothing."},
	{Key: "conversation_messages", Kind: KindColumn, Surface: SurfaceFloor, Source: "R2",
		Columns: []string{"conversations_live.messages"},
		Means:   "Counted messages of the conversation since it was last opened."},
	{Key: MetricAgentsOverflow, Kind: KindGauge, Surface: SurfacePipeline, Labels: []string{"company"}, Merge: MergeSum, Source: "R15",
		Means: "Agents without series of their own because the cap on agents is reached.",
		Notes: "ClickHouse has all of them."},
	{Key: MetricEvents, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"type"},
		Columns: []string{"events.event_id"},
		Means:   "Events that were taken in, by type.",
		Notes:   "Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricRejects, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"reason"},
		Columns: []string{"rejects.offset"},
		Means:   "Records that could not be used, by reason.",
		Notes:   "Live records only: those appended at most five minutes before, after the catch-up of a start. The table rejects has all, each once."},
	{Key: MetricDuplicates, Kind: KindCounter, Surface: SurfacePipeline, Source: "R11",
		Means: "Events whose event id the conversation or agent already had, and second events of one message.",
		Notes: "They change nothing. Repeated heartbeats are not counted. Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricEventConflicts, Kind: KindCounter, Surface: SurfacePipeline, Source: "R11",
		Means: "Duplicates with another body; the one with the smaller content hash stays."},
	{Key: MetricIgnoredStatuses, Kind: KindCounter, Surface: SurfacePipeline, Source: "R6",
		Means: "Statuses that changed nothing, such as an opened of an open conversation, a snoozed of a snoozed one, a transfer to whom it has already.",
		Notes: "Counted when they come in order. Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricLateEvents, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"lag_bucket"}, Source: "R10",
		Means: "Events that were appended more than five minutes after they occurred, by how late they were at most.",
		Notes: "lag_bucket: 1h, 24h, 72h, or more for backfills. Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricRowsWritten, Kind: KindCounter, Unit: "rows", Surface: SurfacePipeline,
		Means: "Rows that ClickHouse acknowledged."},
	{Key: MetricFlush, Kind: KindHistogram, Unit: "seconds", Surface: SurfacePipeline,
		Means: "Seconds that writing one flush to ClickHouse took until it was acknowledged."},
	{Key: MetricFlushFailures, Kind: KindCounter, Surface: SurfacePipeline,
		Means: "Flushes that ClickHouse did not acknowledge; the same rows are written again."},
	{Key: MetricForwardFailures, Kind: KindCounter, Surface: SurfacePipeline,
		Means: "Tries to put rejects into the topic of rejects that failed; they are sent again.",
		Notes: "The archive's positions wait for the topic; at 10,000 rejects that wait for it the tables events and rejects wait, too."},
	{Key: MetricEndToEndLatency, Kind: KindHistogram, Unit: "seconds", Surface: SurfacePipeline, Labels: []string{"sink"},
		Means: "Seconds from the log taking an event to its numbers being there, in prometheus or in clickhouse.",
		Notes: "Live events only: those that were appended at most five minutes before."},
	{Key: MetricWatermark, Kind: KindGauge, Unit: "timestamp_seconds", Surface: SurfacePipeline, Merge: MergeMax,
		Means: "When the log took the newest event that is in the numbers: the time that a board is as of."},
	{Key: MetricLag, Kind: KindGauge, Unit: "records", Surface: SurfacePipeline, Labels: []string{"partition"}, Merge: MergeSum,
		Means: "Records of the log that are not yet in the numbers."},
	{Key: MetricLoad, Kind: KindGauge, Unit: "seconds", Surface: SurfacePipeline, Merge: MergeMax,
		Means: "Seconds that the start took to catch up with the log.",
		Notes: "Absent until then."},
	{Key: MetricPendingRows, Kind: KindGauge, Unit: "rows", Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Rows that wait to be written to ClickHouse.",
		Notes: "At the cap reading the log pauses; /metrics stays up."},
	{Key: MetricPartitionsOwned, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Partitions of the log that this instance reads."},
	{Key: MetricPartitionsCaughtUp, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Partitions that reached the end that the log had at the start; only these show floor gauges."},
	{Key: MetricPartitions, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeMax,
		Means: "Partitions that the topic has.",
		Notes: "If the sum of caught up ones over all instances differs, the picture is partial or doubled."},
	{Key: MetricStoreUp, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeMin,
		Means: "1 if ClickHouse acknowledged the last flush, 0 if not."},
	{Key: MetricProvisional, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Conversations that count in the floor's gauges as new although it is not known yet whether they are.",
		Notes: "Their stored state is being looked up. It stays above zero for seconds only, unless ClickHouse is away."},
	{Key: MetricUnreadable, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Conversations whose stored state cannot be used; their events wait, and are in no number but those that count them as new.",
		Notes: "Above zero needs a person: the log names a key, and the position of its partition waits with it."},
	{Key: MetricPendingBytes, Kind: KindGauge, Unit: "bytes", Surface: SurfacePipeline, Merge: MergeSum,
		Means: "Memory of events that wait for the stored state of their conversation, about.",
		Notes: "At the cap reading the log pauses; /metrics stays up."},
	{Key: MetricLookup, Kind: KindHistogram, Unit: "seconds", Surface: SurfacePipeline,
		Means: "Seconds that looking up the stored state of conversations took, all that were missing in one question."},
	{Key: MetricCappedEvents, Kind: KindCounter, Surface: SurfacePipeline,
		Means: "Events that are not in the numbers because their conversation has as many as it may have, 4,096.",
		Notes: "The first in the log count. The table events has all. Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricOutdatedEvents, Kind: KindCounter, Surface: SurfacePipeline,
		Means: "Events of agents and teams that are not in the numbers because they occurred before what is still kept of the agent or team.",
		Notes: "Only backfills are that old: more than the horizon and a day before the newest event. The table events has all. Live records only: those appended at most five minutes before, after the catch-up of a start."},
	{Key: MetricRollup, Kind: KindHistogram, Unit: "seconds", Surface: SurfacePipeline,
		Means: "Seconds that making the rollups of company days took, of up to 32 at once.",
		Notes: "The instance that has partition 0 makes them, beside everything else."},
	{Key: MetricRollupsDue, Kind: KindGauge, Surface: SurfacePipeline, Merge: MergeMax,
		Means: "Company days that have ended and whose rollups are not made yet, or not since their facts changed.",
		Notes: "Absent until the instance that has partition 0 has looked, a minute after it has caught up, while it cannot find out, and on all others."},
	{Key: MetricBuildInfo, Kind: KindGauge, Surface: SurfacePipeline, Labels: []string{"version", "go_version", "zone_version"}, Merge: MergeMax,
		Means: "1, with the version of the program and of its zone data as labels."},
}, historyMetrics, gatewayMetrics)

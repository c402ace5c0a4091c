package schemas

// Keys of the metrics of the gateway.
const (
	MetricGatewayEvents           = "gateway_events"
	MetricGatewayRejects          = "gateway_rejects"
	MetricGatewayRefusals         = "gateway_refusals"
	MetricGatewayRepeats          = "gateway_repeats"
	MetricGatewayUnknown          = "gateway_unknown_events"
	MetricGatewayMasked           = "gateway_masked"
	MetricGatewayRequest          = "gateway_request_seconds"
	MetricGatewayPolls            = "gateway_polls"
	MetricGatewayUnknownPresences = "gateway_unknown_presences"
)

// gatewayMetrics are what the gateway tells of itself. Its label source is a name of gateway.sources, or unknown before a request has
// proved whose it is.
var gatewayMetrics = []Metric{
	{Key: MetricGatewayEvents, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source"},
		Means: "Events that the gateway took: all replicas in sync of the log have them.",
		Notes: "An event that is sent again counts again; the numbers count it once."},
	{Key: MetricGatewayRejects, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source", "reason"},
		Means: "Events that the gateway did not take, by reason; their senders were told.",
		Notes: "Reasons are those of rejected records, wrong_company among them."},
	{Key: MetricGatewayRefusals, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source", "reason"},
		Means: "Requests that the gateway refused as a whole, by reason.",
		Notes: "not_signed, wrong_signature, stale, no_credential, unknown_key and unknown_source are those that proved nothing; kafka_unavailable and busy were told to come again, rate_limited, too."},
	{Key: MetricGatewayRepeats, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source"},
		Means: "Requests that were answered before and got the same answer without work."},
	{Key: MetricGatewayUnknown, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source", "type"},
		Means: "Webhooks of a type that the vendor's adapter does not know; they are answered with 200 and mean no event.",
		Notes: "type is the vendor's name, more_than_50 from the 51st of a source on."},
	{Key: MetricGatewayMasked, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"kind"},
		Means: "Pieces of personal data that the gateway masked before the log, by kind.",
		Notes: "card, iban, email, phone, national_id, and the names of companies' own patterns."},
	{Key: MetricGatewayRequest, Kind: KindHistogram, Unit: "seconds", Surface: SurfacePipeline, Labels: []string{"source", "outcome"},
		Means: "Seconds from a request's headers being there to its answer, Kafka's acknowledgement included.",
		Notes: "outcome: accepted, partly (some events were refused), refused, unavailable."},
	{Key: MetricGatewayPolls, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source", "outcome"},
		Means: "Requests to vendors' APIs for what they do not send, such as agents' presence, by outcome.",
		Notes: "outcome: ok, refused, not_found, redirected, rate_limited, unavailable, unreachable, invalid_reply, or not_sent if Kafka did not take the events."},
	{Key: MetricGatewayUnknownPresences, Kind: KindCounter, Surface: SurfacePipeline, Labels: []string{"source"},
		Means: "Polled agents whose presence is a word that the adapter does not know; they have none."},
}

package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// The waits that replies end (docs/rules.md R5), and whether it was the episode's first or a later one.
const (
	waitsForAny   = "any"
	waitsForHuman = "human"

	stageFirst = "first"
	stageNext  = "next"
)

// reply is an answered wait: a message by a person or an AI that somebody waited for. Two clocks run, so one message may end two.
type reply struct {
	schemas.Response
	hour     schemas.Instant
	episode  int    // number of its episode
	event    uint64 // id of the message
	waitsFor string
	stage    string
	since    schemas.Instant
	channels []string
	tags     []string
	priority string
}

// endWait notes that a wait ended with e, a reply in the open episode. Nobody waited if since is 0.
func (f *fold) endWait(waitsFor string, since schemas.Instant, answered bool, e *event, c *company) {
	if since == 0 {
		return
	}
	ep := f.openEpisode()
	r := reply{
		Response: ep.response(e, since, c), hour: c.clocks.Calendar.Hour(e.at).Start, episode: len(f.episodes), event: e.id, waitsFor: waitsFor,
		stage: stageFirst, since: since, channels: ep.channels, tags: f.tags, priority: f.priority,
	}
	if answered {
		r.stage = stageNext
	}
	f.replies = append(f.replies, r)
}

package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// day is a conversation on a company day on which it had a counted message, as it stood after the last event before the day's end
// (docs/rules.md R9). Later events do not touch it.
type day struct {
	dimensions
	day            schemas.Day
	episode        int // number of the latest one, 0 if none
	open           bool
	customer       string
	channel        string   // first counted one of the episode
	channels       []string // of the day
	waiting        bool     // the episode has a customer turn and no reply by a person or an AI
	autoReplied    bool
	initiatedAt    schemas.Instant
	initiatedHour  schemas.Instant
	initiatedOn    string // its channel
	trigger        string
	firstMessageAt schemas.Instant
	lastMessageAt  schemas.Instant
	messages       schemas.Counts
}

// stepDay brings the event's day up to date. A counted message begins the day; any other event only moves a day that has one.
func (f *fold) stepDay(e *event, c *company) {
	counted := e.message && e.counted && !e.void
	d := f.lastDay()
	if d == nil || !d.day.Contains(e.at) {
		if !counted {
			return
		}
		f.days = append(f.days, day{day: c.clocks.Calendar.Day(e.at), firstMessageAt: e.at})
		d = f.lastDay()
	}
	if counted {
		d.lastMessageAt = e.at
		d.channels = with(d.channels, f.channelOf(e))
		count(&d.messages, e)
		d.initiate(f, e, c)
	}
	d.dimensions, d.customer, d.open = f.dimensions, f.customer, f.openEpisode() != nil
	d.episode = len(f.episodes)
	if ep := f.lastEpisode(); ep != nil {
		d.channel, d.waiting, d.autoReplied = ep.channel, ep.firstTurnAt != 0 && !ep.answered, ep.autoReplied
	}
	if d.channel == "" {
		d.channel = f.channelOf(e)
	}
}

// initiate notes a conversation that its customer began: an episode of kind new whose first counted message is a customer turn.
func (d *day) initiate(f *fold, e *event, c *company) {
	ep := f.lastEpisode()
	if ep == nil || len(f.episodes) != 1 || ep.kind != kindNew || ep.trigger == triggerBusiness || ep.firstTurnAt != e.at || d.initiatedAt != 0 {
		return
	}
	if e.author == schemas.AuthorCustomer && ep.messages.Customer == 1 {
		d.initiatedAt, d.initiatedHour, d.initiatedOn, d.trigger = e.at, c.clocks.Calendar.Hour(e.at).Start, ep.channel, ep.trigger
	}
}

func (f *fold) lastDay() *day {
	if n := len(f.days); n > 0 {
		return &f.days[n-1]
	}
	return nil
}

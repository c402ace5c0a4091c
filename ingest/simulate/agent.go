package simulate

import "fmt"

// agent is what stays the same from day to day.
type agent struct {
	id      string
	devices []string
	beats   bool // the program sends heartbeats
	teams   []int
	lead    bool    // supervisor of the first of the teams
	slots   int     // conversations that the agent may hold
	pace    float64 // how long the agent takes: 1 is usual, 2 is twice as long
	trained channelSet
}

// channelSet has bit n set for channels[n].
type channelSet uint

func (s channelSet) has(channel int) bool { return s>>channel&1 == 1 }

// Slots of agents and how many have them. Chat agents hold up to ten conversations.
var (
	slotNumbers = [...]int{4, 5, 6, 8, 10}
	slotWeights = []float64{0.15, 0.25, 0.25, 0.2, 0.15}
)

func newAgent(index int, heartbeatShare float64, d dice) agent {
	a := agent{id: fmt.Sprintf("agent-%03d", index+1), devices: []string{"browser"}, beats: d.chance(heartbeatShare), teams: []int{index % len(teams)}}
	if d.chance(0.2) {
		a.devices = append(a.devices, "phone")
	}
	if a.lead = index < len(teams); !a.lead && index%5 == 0 {
		a.teams = append(a.teams, (index+1)%len(teams))
	}
	a.slots, a.pace = slotNumbers[d.pick(slotWeights)], d.spread(0.25)
	for channel := range channels {
		if d.chance(0.85) {
			a.trained |= 1 << channel
		}
	}
	return a
}

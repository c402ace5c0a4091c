package simulate

import "github.com/floorwatch/floorwatch/schemas"

// supervisor gives the lead of the team, if at work and not the owner.
func (c *conversation) supervisor() (agent int, ok bool) {
	agent = c.team % len(c.company.agents)
	return agent, c.company.agents[agent].lead && agent != c.owner && c.company.present(agent, c.now)
}

// watch is a supervisor who looks at the conversation, sooner where the customer is annoyed. It reports whether the supervisor serves
// the customer now.
func (c *conversation) watch() bool {
	if interest := c.dice.Float64(); interest > 0.02 && !(c.annoyed() && interest < 0.1) {
		return false
	}
	agent, ok := c.supervisor()
	if !ok {
		return false
	}
	// Joining and taking over need a slot, which is there now or not at all.
	serves := c.cohort.free(agent, c.now) && c.company.postOf(agent, c.now).ends > c.now+hour
	switch act := c.dice.Float64(); {
	case serves && act < 0.2:
		c.join(agent)
		return true
	case serves && act < 0.32:
		c.takeOver(agent)
		return true
	case act < 0.7:
		c.byAgent(schemas.StatusSupervisionStarted, agent)
		c.pass(c.dice.around(20*second, 0.6))
		c.whisper(agent)
		c.pass(c.dice.around(20*second, 0.6))
	default:
		c.byAgent(schemas.StatusSupervisionStarted, agent)
		c.pass(c.dice.around(80*second, 0.8))
	}
	c.byAgent(schemas.StatusSupervisionEnded, agent)
	return false
}

// whisper is a supervisor's advice that the customer does not see. Some products tell only that there was one.
func (c *conversation) whisper(agent int) {
	if c.dice.chance(0.4) {
		c.byAgent(schemas.StatusWhispered, agent)
		return
	}
	e := c.aside(schemas.AuthorSupervisor)
	e.Agent, e.Visibility = c.company.agents[agent].id, schemas.VisibilityWhisper
}

// intervene is a supervisor who looks and does not leave it at that.
func (c *conversation) intervene(agent int) {
	c.byAgent(schemas.StatusSupervisionStarted, agent)
	c.byAgent(schemas.StatusSupervisionIntervened, agent)
}

// join is a supervisor who serves the customer beside the owner.
func (c *conversation) join(agent int) {
	c.helper = agent
	c.cohort.taken[agent]++
	c.intervene(agent)
	c.byAgent(schemas.StatusJoined, agent)
	c.write(agent)
	c.fromPerson(agent)
	c.mood += 0.2
	c.then((*conversation).stepBack, c.dice.between(2*minute, 12*minute))
}

// takeOver is a supervisor who takes the conversation from its owner.
func (c *conversation) takeOver(agent int) {
	c.take(agent)
	c.intervene(agent)
	c.byAgent(schemas.StatusTookOver, agent)
	c.assign(schemas.StatusTransferred, agent)
	c.byAgent(schemas.StatusSupervisionEnded, agent)
	c.mood += 0.2
	c.thenOwner((*conversation).answer, c.labour(40*second, 1))
}

// stepBack is a supervisor who leaves the conversation to its owner again.
func (c *conversation) stepBack(stage *stage) {
	c.unjoin()
	c.ask()
	c.thenOwner((*conversation).answer, c.labour(55*second, 1.25))
}

func (c *conversation) unjoin() {
	if c.helper != nobody {
		c.byAgent(schemas.StatusLeft, c.helper)
		c.byAgent(schemas.StatusSupervisionEnded, c.helper)
		c.cohort.taken[c.helper]--
		c.helper = nobody
	}
}

// Package simulate makes the events of a believable chat floor: customers who come in waves, agents who work in shifts and hold only so
// many conversations, an AI agent in front, waiting lines, broadcasts, transfers, supervisors, failed deliveries, people who leave.
//
// It is a pure function. The same [Config] gives the same events, byte for byte, however the time is cut: everything is derived
// from the seed, the company, the company's day and a number within that day, never from what was asked for before. So a
// simulation that is stopped and started again goes on with the same floor and the same event ids. It reads no clock: time is an
// argument.
//
// The people are made up. No event carries text, only the length that a text would have had.
package simulate

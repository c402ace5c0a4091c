package producer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/floorwatch/floorwatch/schemas"
)

// Pauses between two tries to register, of which each is twice the one before, and how long one try may take.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
	tryTimeout   = 5 * time.Second
)

// subject is the registry's name for the schema of a topic's values, as all its clients choose it.
func (c Config) subject() string { return c.Topic + "-value" }

// register makes event.proto known to the schema registry and gives its id there; to register the same schema again gives the same id.
// A registry that is away or fails is asked again until the connect timeout is over; what it refuses is refused.
func register(ctx context.Context, config Config) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
	defer cancel()
	client, err := sr.NewClient(sr.URLs(config.Registry), sr.HTTPClient(&http.Client{Timeout: tryTimeout}), sr.UserAgent("floorwatch"))
	if err != nil {
		return 0, fmt.Errorf("connect to the schema registry at %s: %w", config.Registry, err)
	}
	schema := sr.Schema{Schema: schemas.EventProto(), Type: sr.TypeProtobuf}
	var last error
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		id, err := client.RegisterSchema(ctx, config.subject(), schema, -1, -1)
		switch {
		case err == nil && (id < 1 || id > math.MaxUint32):
			return 0, fmt.Errorf("register event.proto at %s: the id that it was given, %d, is none; is this the address of a schema registry?", config.Registry, id)
		case err == nil:
			return uint32(id), nil
		case ctx.Err() == nil:
			last = err
		}
		if status := statusOf(err); status > 0 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
			return 0, config.refused(status, err)
		}
		select {
		case <-ctx.Done():
			return 0, config.unanswered(ctx.Err(), last)
		case <-time.After(pause):
		}
	}
}

// statusOf is what the registry answered, 0 if it did not.
func statusOf(err error) int {
	var response *sr.ResponseError
	if errors.As(err, &response) {
		return response.StatusCode
	}
	return 0
}

func (c Config) refused(status int, err error) error {
	if status == http.StatusConflict {
		return fmt.Errorf("register event.proto at %s: the subject %q holds a schema that event.proto is not compatible with; "+
			"write to a topic of its own, or have the subject's other schemas deleted", c.Registry, c.subject())
	}
	return fmt.Errorf("register event.proto at %s under the subject %q: the registry refuses it: %s", c.Registry, c.subject(), answer(status, err))
}

func (c Config) unanswered(end, last error) error {
	if errors.Is(end, context.Canceled) {
		return fmt.Errorf("register event.proto at %s: %w", c.Registry, end)
	}
	why := "no answer"
	if status := statusOf(last); status > 0 {
		why = answer(status, last)
	} else if last != nil {
		why = plain(last).Error()
	}
	return fmt.Errorf("register event.proto at %s: not within %v: %s; is the schema registry running, and is this its address?", c.Registry, c.ConnectTimeout, why)
}

// answer is a status with the beginning of what the registry says of it.
func answer(status int, err error) string { return fmt.Sprintf("%d, %.200q", status, err.Error()) }

//go:build !failpoints

package main

import (
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/pipeline"
)

// failHere does nothing: only a build for tests can be told to fail.
func failHere(*Config) {}

func failAfterCommit(log pipeline.Log) pipeline.Log { return log }

func failAroundDelivery(log gateway.Log) gateway.Log { return log }

# Two commands do everything: "make run" and "make test". The others are parts of them, or longer.

GO ?= go
TAGS := embedded
BINARY := floorwatch
FUZZ_TIME ?= 20s
SCHEDULES ?= 2000
WEEKS ?= 200
SEED ?= $(shell date +%s)
VERSION ?= development
ENGINE := .cache/engine/26.7.3-stable.1/libchdb.so

.PHONY: run build engine servers test lint vulnerabilities race fuzz soak oracle bench memory zones image compose clean

## run: everything in one process, with a made-up floor: Kafka, ClickHouse, the service
run: engine build
	./$(BINARY) run --embedded --simulate $(RUN_FLAGS)

## build: the program with Kafka and ClickHouse in it; without debug information a first build is a fifth shorter
build:
	@[ -f $(BINARY) ] || echo "building floorwatch; the first time takes about a minute"
	$(GO) build -trimpath -tags $(TAGS) -gcflags=all=-dwarf=false -ldflags='-s -w' -o $(BINARY) .

## engine: fetch the ClickHouse engine, a library, by its pinned version and checksum
engine:
	sh deploy/embedded/fetch.sh

## servers: Debian's Prometheus and Alertmanager for one test; installs them only where CI is set
servers:
	sh deploy/alertmanager/install.sh

## test: what a change must pass; gets what it needs itself
test: engine servers lint
	$(GO) build -o /dev/null .
	$(GO) test -timeout 15m ./...
	$(GO) test -timeout 15m -tags synctests -run 'TestSchedules|TestEachRule' ./pipeline
	$(GO) test -timeout 30m -tags $(TAGS) . ./deploy/... ./exporter/clickhouse/... ./grafana/...
	$(MAKE) fuzz FUZZ_TIME=5s

## lint: formatting, vet, staticcheck, the OpenAPI document
lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags $(TAGS) ./...
	$(GO) vet -tags $(TAGS),failpoints .
	$(GO) vet -tags synctests ./pipeline
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags $(TAGS) ./...
	sh deploy/openapi/lint.sh

## vulnerabilities: known ones in the dependencies; needs the vulnerability database on the network, so it is no part of test
vulnerabilities:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.8.0 -tags $(TAGS) ./...

## race: the tests under the race detector (longer; needs a C compiler)
race:
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m ./...

## fuzz: every fuzz target for FUZZ_TIME
fuzz:
	sh deploy/fuzz.sh $(FUZZ_TIME)

## soak: SCHEDULES schedules of crashes, stalls and outages in virtual time, from SEED on; about a fifth of a second each
soak:
	$(GO) test -timeout 0 -tags synctests -v -run 'TestSchedules$$' ./pipeline -schedules $(SCHEDULES) -seed $(SEED)

## oracle: rows of the fold against a second implementation in SQL, and rollups against facts: a month of 20 companies in 20 zones, and WEEKS
## random weeks from SEED on
oracle: engine
	$(GO) test -timeout 0 -tags $(TAGS) -v -run 'TestOracle' ./exporter/clickhouse -oracle-month -oracle-weeks $(WEEKS) -oracle-seed $(SEED)

## bench: cost of an event in each stage and on the whole way from Kafka to ClickHouse; events a second through the gateway, and how long it
## takes to answer (BenchmarkGateway); the made-up floor into a file and a topic; a restart; the tiles of a busy company
bench: engine
	$(GO) test -run '^$$' -bench . -benchmem ./schemas ./aggregator ./pipeline
	$(GO) test -run '^$$' -bench . -benchtime 3x -timeout 30m -tags $(TAGS) .
	$(GO) test -run '^$$' -bench LiveTiles -benchtime 60x -tags $(TAGS) ./exporter/clickhouse

## memory: what an open conversation costs in memory (two minutes)
memory:
	$(GO) test -run TestMemoryPerConversation -v -timeout 20m ./pipeline -memory

## zones: rebuild the zone data from its pinned package
zones:
	sh schemas/update-zones.sh

## image: the static program in an image of its own; needs Docker
image:
	docker build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) -t floorwatch:$(VERSION) .

## compose: everything in containers, with a made-up floor; needs Docker
compose:
	docker compose up --build --wait

## clean: what was built; the engine in .cache and the events in data stay
clean:
	rm -f $(BINARY)

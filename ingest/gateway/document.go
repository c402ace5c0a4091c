package gateway

import (
	_ "embed"
	"net/http"
)

// documentPath is where the gateway tells what it takes and answers.
const documentPath = "/openapi.json"

// document is OpenAPI 3.1 of all that ServeHTTP takes and answers. It is made of openapi.yaml and the schemas of events.
//
//go:embed openapi.json
var document []byte

// tellDocument answers with the document. Whoever reads it needs no credential: nothing of the configuration is in it.
func tellDocument(w http.ResponseWriter, r *http.Request, out *answer) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		out.problem = &problem{status: http.StatusMethodNotAllowed, reason: ReasonMethodNotAllowed, detail: "read the document with GET"}
		return
	}
	out.status, out.body = http.StatusOK, document
}

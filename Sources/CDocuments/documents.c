#include "CDocuments.h"

// `#embed` takes a file in as it is. SwiftPM's `.embedInCode` writes it as a Swift array literal, which costs the
// compiler half a second for each KiB.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char architecture[] = {
#embed "../WorkflowEngine/Documentation.docc/Architecture.md"
};
static const unsigned char cost[] = {
#embed "../WorkflowEngine/Documentation.docc/Cost.md"
};
static const unsigned char operating[] = {
#embed "../WorkflowEngine/Documentation.docc/Operating.md"
};
static const unsigned char states[] = {
#embed "../WorkflowCore/Documentation.docc/StateMachine.md"
};

static const unsigned char definitions[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Definitions.md"
};
static const unsigned char drill[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Drill.md"
};
static const unsigned char executors[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Executors.md"
};
static const unsigned char exit_statuses[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Exit.md"
};
static const unsigned char expressions[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Expressions.md"
};
static const unsigned char machine[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Machine.md"
};
static const unsigned char runs[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Runs.md"
};
static const unsigned char steps[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Steps.md"
};
static const unsigned char store[] = {
#embed "../WorkflowDocs/Documentation.docc/Codes/Store.md"
};

// Codes in the order in which `workflow docs` lists them.
static const struct cdocument documents[] = {
    {"operating", operating, sizeof operating},
    {"architecture", architecture, sizeof architecture},
    {"states", states, sizeof states},
    {"cost", cost, sizeof cost},
    {"codes", steps, sizeof steps},
    {"codes", executors, sizeof executors},
    {"codes", runs, sizeof runs},
    {"codes", store, sizeof store},
    {"codes", machine, sizeof machine},
    {"codes", definitions, sizeof definitions},
    {"codes", expressions, sizeof expressions},
    {"codes", drill, sizeof drill},
    {"codes", exit_statuses, sizeof exit_statuses},
};

size_t cdocuments_count(void) { return sizeof documents / sizeof documents[0]; }

struct cdocument cdocuments_at(size_t index) { return documents[index]; }

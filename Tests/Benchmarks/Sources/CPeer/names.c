#include "peer.h"

static const char *const rule_ids[VCI_PEER_RULE_COUNT] = {
  "VCI-FILE-001", "VCI-FILE-002", "VCI-FILE-003", "VCI-FILE-004", "VCI-FILE-005", "VCI-FILE-006",
  "VCI-HDR-001", "VCI-HDR-002", "VCI-HDR-003", "VCI-HDR-004", "VCI-HDR-005", "VCI-HDR-006",
  "VCI-HDR-007", "VCI-HDR-008", "VCI-HDR-009", "VCI-HDR-010", "VCI-HDR-011", "VCI-HDR-012",
  "VCI-SHD-001",
  "VCI-MAP-001", "VCI-MAP-002", "VCI-MAP-003", "VCI-MAP-004", "VCI-MAP-005",
  "VCI-MAP-006", "VCI-MAP-007", "VCI-MAP-008", "VCI-MAP-009", "VCI-MAP-010",
  "VCI-NODE-001", "VCI-NODE-002", "VCI-NODE-003", "VCI-NODE-004", "VCI-NODE-005", "VCI-NODE-006",
  "VCI-NODE-007", "VCI-NODE-008", "VCI-NODE-009", "VCI-NODE-010", "VCI-NODE-011", "VCI-NODE-012",
  "VCI-INT-001", "VCI-INT-002", "VCI-INT-003",
  "VCI-EXT-001", "VCI-EXT-002", "VCI-EXT-003", "VCI-EXT-004",
  "VCI-EXT-005", "VCI-EXT-006", "VCI-EXT-007", "VCI-EXT-008",
  "VCI-LRU-001", "VCI-LRU-002",
  "VCI-OCC-001",
};

static const char *const class_names[VCI_PEER_CLASS_COUNT] = {
  "corruption", "summary", "leak", "dirty", "advice",
};

const char *vci_peer_rule_id(int rule) {
  return rule >= 0 && rule < VCI_PEER_RULE_COUNT ? rule_ids[rule] : NULL;
}

const char *vci_peer_class_name(int class_index) {
  return class_index >= 0 && class_index < VCI_PEER_CLASS_COUNT ? class_names[class_index] : NULL;
}

// A plain checker of every rule of Specs/VCI.md: the yardstick for the speed of the suite's own.
//
// It answers which rules an image breaks, and of which class, and nothing else.

#ifndef VCI_PEER_H
#define VCI_PEER_H

#include <stddef.h>
#include <stdint.h>

/// The rules, in the order of the specification.
enum vci_peer_rule {
  VCI_FILE_001, VCI_FILE_002, VCI_FILE_003, VCI_FILE_004, VCI_FILE_005, VCI_FILE_006,
  VCI_HDR_001, VCI_HDR_002, VCI_HDR_003, VCI_HDR_004, VCI_HDR_005, VCI_HDR_006,
  VCI_HDR_007, VCI_HDR_008, VCI_HDR_009, VCI_HDR_010, VCI_HDR_011, VCI_HDR_012,
  VCI_SHD_001,
  VCI_MAP_001, VCI_MAP_002, VCI_MAP_003, VCI_MAP_004, VCI_MAP_005,
  VCI_MAP_006, VCI_MAP_007, VCI_MAP_008, VCI_MAP_009, VCI_MAP_010,
  VCI_NODE_001, VCI_NODE_002, VCI_NODE_003, VCI_NODE_004, VCI_NODE_005, VCI_NODE_006,
  VCI_NODE_007, VCI_NODE_008, VCI_NODE_009, VCI_NODE_010, VCI_NODE_011, VCI_NODE_012,
  VCI_INT_001, VCI_INT_002, VCI_INT_003,
  VCI_EXT_001, VCI_EXT_002, VCI_EXT_003, VCI_EXT_004,
  VCI_EXT_005, VCI_EXT_006, VCI_EXT_007, VCI_EXT_008,
  VCI_LRU_001, VCI_LRU_002,
  VCI_OCC_001,
  VCI_PEER_RULE_COUNT
};

/// What breaking a rule means.
enum vci_peer_class {
  VCI_CORRUPTION, VCI_SUMMARY, VCI_LEAK, VCI_DIRTY, VCI_ADVICE,
  VCI_PEER_CLASS_COUNT
};

/// What a check found.
struct vci_peer_result {
  /// For each class, bit r is set where rule r is broken and of this class.
  uint64_t broken[VCI_PEER_CLASS_COUNT];
  /// What `vci check` exits with: 0, or 2 to 6.
  int exit_code;
};

/// Checks the image of `size` bytes; answers 0, or -1 where memory runs out.
///
/// Time grows with the bitmap and with the nodes and extents that the tree leads to; memory with
/// the nodes and extents.
int vci_peer_check(const uint8_t *bytes, size_t size, struct vci_peer_result *out);

/// The rule's ID, such as "VCI-HDR-003"; a null pointer where there is no such rule.
const char *vci_peer_rule_id(int rule);

/// The class's name, such as "corruption"; a null pointer where there is no such class.
const char *vci_peer_class_name(int class_index);

#endif

extension Rule {
  /// The rules that nothing in this suite judges yet: those about trees of more than one node.
  ///
  /// This is the one list of them. It is empty once trees are built.
  public static let outOfScope: RuleSet = [
    .childInRange, .nodeAllocated, .nodeNamedOnce, .nodeApart, .internalNodeUsed, .leafUsed,
    .leavesLevel, .treeDepth, .entryOrder, .entryWithinDisk, .childWithinEntry,
  ]
}

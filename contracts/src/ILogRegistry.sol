// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IServerRegistry} from "./IServerRegistry.sol";

/// @title The heads of servers' logs
/// @notice Each server's log is an append-only Merkle tree; here it fixes the tree's size and root from time to time.
/// All heads are bound by a hash chain, `head_n = keccak256(abi.encode(head_{n-1}, server, index, size, root,
/// anchoredAt))`, with `head_0 = 0` and `index` counted from 1.
interface ILogRegistry {
    /// @notice A server's latest head.
    /// @param head The head of the hash chain over all of the server's heads.
    /// @param root The tree's root.
    /// @param size The number of leaves.
    /// @param index How many heads the server has anchored.
    /// @param anchoredAt Block time of the anchor.
    struct Head {
        bytes32 head;
        bytes32 root;
        uint64 size;
        uint64 index;
        uint64 anchoredAt;
    }

    /// @notice A head was anchored.
    /// @dev A node whose users have this server as home fetches the new leaves' proofs: their records are proven as of
    /// `anchoredAt`. It also asks for the consistency proof from the head before; if there is none, the server has
    /// rewritten its log, and the node says so.
    event Anchored(
        uint256 indexed server, uint64 indexed size, bytes32 root, uint64 index, uint64 anchoredAt, bytes32 head
    );

    /// @notice The caller is neither the server's owner nor an agent with the role `PUBLISHER`.
    error NotPublisher(uint256 server, address caller);
    /// @notice The size is not greater than the latest.
    error NotGrown(uint64 size, uint64 latest);
    /// @notice A root is not zero.
    error ZeroRoot();

    /// @notice Where servers' owners and agents are read.
    function servers() external view returns (IServerRegistry);

    /// @notice The server's latest head; all zero if it has anchored none.
    function latest(uint256 server) external view returns (Head memory);

    /// @notice Anchors a head, larger than the latest. Only the server's owner or an agent with the role
    /// `PUBLISHER`. Emits `Anchored`.
    function anchor(uint256 server, uint64 size, bytes32 root) external;
}

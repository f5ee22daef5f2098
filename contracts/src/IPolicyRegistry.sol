// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IServerRegistry} from "./IServerRegistry.sol";

/// @title What a server promised, and when
/// @notice Each server's moderation policies as an append-only list of versions, 1 onwards, bound by a hash chain:
/// `head_n = keccak256(abi.encode(head_{n-1}, server, version, digest, keccak256(cid), effectiveAt, publishedAt))`,
/// with `head_0 = 0`. Whoever knows the events can recompute the head, and prove it by one storage proof.
/// @dev In force at time t is the highest version with `effectiveAt <= t`: a later version that takes effect earlier
/// overtakes one that still waits.
interface IPolicyRegistry {
    /// @notice A version was published.
    /// @dev A node fetches the text by `cid`, checks it against `digest` (sha2-256 of its canonical bytes) and applies
    /// it to that server's decisions from `effectiveAt` on. An auditor recomputes `head`.
    event PolicyPublished(
        uint256 indexed server,
        uint64 indexed version,
        bytes32 digest,
        bytes cid,
        uint64 effectiveAt,
        uint64 publishedAt,
        bytes32 head
    );

    /// @notice The caller is neither the server's owner nor an agent with the role `PUBLISHER`.
    error NotPublisher(uint256 server, address caller);
    /// @notice A digest is not zero.
    error ZeroDigest();
    /// @notice A CID has 1 to `MAX_CID` bytes.
    error InvalidCid(uint256 length);
    /// @notice A policy can't take effect before it is published.
    error EffectiveInPast(uint64 effectiveAt);

    /// @notice The longest CID, in bytes.
    function MAX_CID() external view returns (uint256);

    /// @notice Where servers' owners and agents are read.
    function servers() external view returns (IServerRegistry);

    /// @notice How many versions the server has published.
    function versionCount(uint256 server) external view returns (uint64);

    /// @notice The head of the hash chain over all its versions.
    function head(uint256 server) external view returns (bytes32);

    /// @notice Publishes the next version, in effect from `effectiveAt`, 0 for now. Only the server's owner or an
    /// agent with the role `PUBLISHER`. Emits `PolicyPublished`.
    function publish(uint256 server, bytes32 digest, bytes calldata cid, uint64 effectiveAt)
        external
        returns (uint64 version);
}

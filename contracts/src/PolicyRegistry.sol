// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPolicyRegistry} from "./IPolicyRegistry.sol";
import {IServerRegistry} from "./IServerRegistry.sol";

/// @title PolicyRegistry
/// @notice See `IPolicyRegistry`.
contract PolicyRegistry is IPolicyRegistry {
    struct Chain {
        bytes32 head;
        uint64 count;
    }

    uint8 private constant PUBLISHER = 1; // as in IServerRegistry
    uint256 public constant MAX_CID = 64;

    IServerRegistry public immutable servers;
    mapping(uint256 server => Chain) private _chains;

    constructor(IServerRegistry servers_) {
        servers = servers_;
    }

    function versionCount(uint256 server) external view returns (uint64) {
        return _chains[server].count;
    }

    function head(uint256 server) external view returns (bytes32) {
        return _chains[server].head;
    }

    function publish(uint256 server, bytes32 digest, bytes calldata cid, uint64 effectiveAt)
        external
        returns (uint64 version)
    {
        uint64 now_ = uint64(block.timestamp);
        if (effectiveAt == 0) effectiveAt = now_;
        if (!servers.mayAct(server, msg.sender, PUBLISHER)) revert NotPublisher(server, msg.sender);
        if (digest == 0) revert ZeroDigest();
        if (cid.length == 0 || cid.length > MAX_CID) revert InvalidCid(cid.length);
        if (effectiveAt < now_) revert EffectiveInPast(effectiveAt);

        Chain storage c = _chains[server];
        version = ++c.count;
        bytes32 head_ = keccak256(abi.encode(c.head, server, version, digest, keccak256(cid), effectiveAt, now_));
        c.head = head_;
        emit PolicyPublished(server, version, digest, cid, effectiveAt, now_, head_);
    }
}

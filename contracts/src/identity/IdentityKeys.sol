// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityState} from "./IdentityState.sol";

/// @title What an owner can do with keys and home
/// @dev Knows nothing of who is calling: whoever calls these functions has checked the authority.
abstract contract IdentityKeys is IdentityState {
    /// @dev The one ERC-1056 name under which a key is seen by resolvers.
    bytes32 internal constant KEY_ATTRIBUTE = "did/pub/Ed25519/veriKey";

    function _addKey(address identity, bytes32 key, uint8 purpose, uint64 expiry) internal {
        Account storage a = _accounts[identity];
        if (key == 0) revert ZeroKey();
        if (purpose != DEVICE && purpose != HOSTED) revert InvalidPurpose(purpose);
        if (expiry <= block.timestamp) revert InvalidExpiry(expiry);
        if (purpose == HOSTED && homeOf(identity) == 0) revert NoHome(identity);
        if (_keys[identity][key].addedAt != 0) revert KeyKnown(identity, key);

        (uint32 epoch, uint32 homeEpoch) = (a.epoch, a.homeEpoch);
        _keys[identity][key] = Key({
            expiry: expiry,
            addedAt: uint48(block.timestamp),
            revokedAt: 0,
            epoch: epoch,
            homeEpoch: homeEpoch,
            purpose: purpose
        });
        emit KeyAdded(identity, key, purpose, expiry, epoch, homeEpoch);
        _emitKeyAttribute(identity, key, expiry);
    }

    function _renewKey(address identity, bytes32 key, uint64 expiry) internal {
        Key memory k = _known(identity, key);
        uint64 end = _endOf(identity, k);
        if (end <= block.timestamp) revert KeyEnded(identity, key, end);
        if (expiry <= k.expiry) revert InvalidExpiry(expiry);

        _keys[identity][key].expiry = expiry;
        emit KeyRenewed(identity, key, expiry);
        _emitKeyAttribute(identity, key, expiry);
    }

    /// @dev `revokedAt` is written once. Written late, for a key that ended otherwise, it is not the earliest end.
    function _revokeKey(address identity, bytes32 key) internal {
        if (_known(identity, key).revokedAt != 0) revert KeyAlreadyRevoked(identity, key);

        _keys[identity][key].revokedAt = uint48(block.timestamp);
        emit KeyRevoked(identity, key, uint64(block.timestamp));
        _emitKeyAttribute(identity, key, 0);
    }

    function _revokeKeyFrom(address identity, bytes32 key, uint256 server, uint64 size) internal {
        if (_known(identity, key).revokedAt == 0) _revokeKey(identity, key);
        _cutOffs[identity][key] = CutOff(_checkServer(server), size, uint64(block.timestamp));
        emit KeyCutOff(identity, key, server, size);
    }

    function _setHome(address identity, uint256 server) internal {
        uint256 previous = homeOf(identity);
        if (server == previous) revert HomeUnchanged(identity, server);

        uint32 next = _accounts[identity].homeEpoch + 1;
        _accounts[identity].homeEpoch = next;
        _homes[identity][next] = Home(_checkServer(server), uint64(block.timestamp));
        emit HomeChanged(identity, server, previous, next);
    }

    function _enrol(
        address identity,
        bytes32 key,
        uint8 purpose,
        uint64 expiry,
        bytes32 hostedKey,
        uint64 hostedExpiry,
        uint256 server
    ) internal {
        if (server == 0) revert NoHome(identity);
        if (server != homeOf(identity)) _setHome(identity, server);
        _addKey(identity, key, purpose, expiry);
        if (hostedKey != 0) _addKey(identity, hostedKey, HOSTED, hostedExpiry);
    }

    function _known(address identity, bytes32 key) private view returns (Key memory k) {
        k = _keys[identity][key];
        if (k.addedAt == 0) revert KeyUnknown(identity, key);
    }

    function _checkServer(uint256 server) private pure returns (uint128) {
        if (server > type(uint128).max) revert InvalidServer(server);
        return uint128(server);
    }

    function _emitKeyAttribute(address identity, bytes32 key, uint256 validTo) private {
        emit DIDAttributeChanged(identity, KEY_ATTRIBUTE, abi.encodePacked(key), validTo, _link(identity));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityState} from "./IdentityState.sol";

/// @title What an owner can do with ERC-1056 attributes and delegates
/// @dev Knows nothing of who is calling: whoever calls these functions has checked the authority.
abstract contract IdentityAttributes is IdentityState {
    /// @dev Every name under which an ERC-1056 resolver would show an Ed25519 key begins with this.
    bytes16 private constant KEY_PREFIX = "did/pub/Ed25519/";
    bytes15 private constant KEY_FAMILY = "did/pub/Ed25519";

    function _setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) internal {
        if (value.length > MAX_ATTRIBUTE_BYTES) revert AttributeTooLong(value.length);
        _emitAttribute(identity, name, value, _validTo(validity));
    }

    function _revokeAttribute(address identity, bytes32 name, bytes calldata value) internal {
        if (value.length > MAX_ATTRIBUTE_BYTES) revert AttributeTooLong(value.length);
        _emitAttribute(identity, name, value, 0);
    }

    function _addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) internal {
        _writeDelegate(identity, delegateType, delegate, _validTo(validity));
    }

    function _revokeDelegate(address identity, bytes32 delegateType, address delegate) internal {
        _writeDelegate(identity, delegateType, delegate, uint64(block.timestamp));
    }

    function _emitAttribute(address identity, bytes32 name, bytes calldata value, uint256 validTo) private {
        // Keys live in their records; a second way to publish them would let the two views disagree.
        if (bytes16(name) == KEY_PREFIX || name == KEY_FAMILY) revert ReservedAttribute(name);
        emit DIDAttributeChanged(identity, name, value, validTo, _link(identity));
    }

    function _writeDelegate(address identity, bytes32 delegateType, address delegate, uint64 validTo) private {
        _delegates[identity][_accounts[identity].epoch][delegateType][delegate] = validTo;
        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, _link(identity));
    }

    function _validTo(uint256 validity) private view returns (uint64) {
        if (validity > type(uint64).max - block.timestamp) revert InvalidValidity(validity);
        return uint64(block.timestamp + validity);
    }
}

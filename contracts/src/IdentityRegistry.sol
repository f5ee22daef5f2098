// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityAttributes} from "./identity/IdentityAttributes.sol";
import {IdentityKeys} from "./identity/IdentityKeys.sol";
import {IdentityOwnership} from "./identity/IdentityOwnership.sol";
import {IdentitySignatures} from "./identity/IdentitySignatures.sol";
import {IdentityTypes as T} from "./identity/IdentityTypes.sol";

/// @title IdentityRegistry
/// @notice See `IIdentityRegistry`. This file is the door: it checks who asks, then calls the parts that act.
/// @dev No proxy, no administrator, no pause; holds no ether.
contract IdentityRegistry is IdentityKeys, IdentityAttributes, IdentityOwnership, IdentitySignatures {
    uint256 public constant BATCH_CALL_GAS = 1_000_000;

    modifier onlyOwner(address identity) {
        if (msg.sender != identityOwner(identity)) revert NotOwner(identity, msg.sender);
        _;
    }

    modifier onlyRecovery(address identity) {
        if (msg.sender != _accounts[identity].recovery) revert NotRecovery(identity, msg.sender);
        _;
    }

    modifier onlyOwnerOrRecovery(address identity) {
        if (msg.sender != identityOwner(identity) && msg.sender != _accounts[identity].recovery) {
            revert NotOwnerOrRecovery(identity, msg.sender);
        }
        _;
    }

    // ---------------------------------------------------------------------------------------------- keys and home

    function addKey(address identity, bytes32 key, uint8 purpose, uint64 expiry) external onlyOwner(identity) {
        _addKey(identity, key, purpose, expiry);
    }

    function renewKey(address identity, bytes32 key, uint64 expiry) external onlyOwner(identity) {
        _renewKey(identity, key, expiry);
    }

    function revokeKey(address identity, bytes32 key) external onlyOwner(identity) {
        _revokeKey(identity, key);
    }

    function revokeKeyFrom(address identity, bytes32 key, uint256 server, uint64 size) external onlyOwner(identity) {
        _revokeKeyFrom(identity, key, server, size);
    }

    function revokeAllKeys(address identity) external onlyOwner(identity) {
        _startEpoch(identity, msg.sender);
    }

    function setHome(address identity, uint256 server) external onlyOwner(identity) {
        _setHome(identity, server);
    }

    function enrol(
        address identity,
        bytes32 key,
        uint8 purpose,
        uint64 expiry,
        bytes32 hostedKey,
        uint64 hostedExpiry,
        uint256 server
    ) external onlyOwner(identity) {
        _enrol(identity, key, purpose, expiry, hostedKey, hostedExpiry, server);
    }

    function skipNonce(address identity) external onlyOwner(identity) {
        _accounts[identity].nonce++;
    }

    // ---------------------------------------------------------------------------------------------- owner, recovery

    function changeOwner(address identity, address newOwner) external onlyOwner(identity) {
        _changeOwner(identity, newOwner);
    }

    function setRecovery(address identity, address recovery) external onlyOwner(identity) {
        _setRecovery(identity, recovery);
    }

    function deactivate(address identity) external onlyOwner(identity) {
        _deactivate(identity);
    }

    function finishChange(address identity) external {
        _finishChange(identity);
    }

    function cancelChange(address identity) external onlyOwnerOrRecovery(identity) {
        _cancelChange(identity, msg.sender);
    }

    function startRecovery(address identity, address newOwner) external onlyRecovery(identity) {
        _startRecovery(identity, newOwner);
    }

    function cancelRecovery(address identity) external onlyOwnerOrRecovery(identity) {
        _cancelRecovery(identity, msg.sender);
    }

    function finishRecovery(address identity) external {
        _finishRecovery(identity);
    }

    // ---------------------------------------------------------------------------------------------- ERC-1056

    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity)
        external
        onlyOwner(identity)
    {
        _setAttribute(identity, name, value, validity);
    }

    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external onlyOwner(identity) {
        _revokeAttribute(identity, name, value);
    }

    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity)
        external
        onlyOwner(identity)
    {
        _addDelegate(identity, delegateType, delegate, validity);
    }

    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external onlyOwner(identity) {
        _revokeDelegate(identity, delegateType, delegate);
    }

    // ---------------------------------------------------------------------------------------------- by signature

    function addKeyWithSig(
        address identity,
        bytes32 key,
        uint8 purpose,
        uint64 expiry,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.ADD_KEY, identity, key, purpose, expiry, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _addKey(identity, key, purpose, expiry);
    }

    function renewKeyWithSig(
        address identity,
        bytes32 key,
        uint64 expiry,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.RENEW_KEY, identity, key, expiry, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _renewKey(identity, key, expiry);
    }

    function revokeKeyWithSig(
        address identity,
        bytes32 key,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.REVOKE_KEY, identity, key, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _revokeKey(identity, key);
    }

    function revokeKeyFromWithSig(
        address identity,
        bytes32 key,
        uint256 server,
        uint64 size,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.REVOKE_KEY_FROM, identity, key, server, size, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _revokeKeyFrom(identity, key, server, size);
    }

    function revokeAllKeysWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
    {
        bytes32 h = keccak256(abi.encode(T.REVOKE_ALL_KEYS, identity, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _startEpoch(identity, identityOwner(identity));
    }

    function setHomeWithSig(
        address identity,
        uint256 server,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.SET_HOME, identity, server, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _setHome(identity, server);
    }

    function enrolWithSig(Enrolment calldata e, bytes calldata signature) external {
        // All members are static, so the struct is encoded in place, as EIP-712 wants it.
        bytes32 h = keccak256(abi.encode(T.ENROL, e));
        _useOwnerSignature(e.identity, h, e.nonce, e.deadline, signature);
        _enrol(e.identity, e.key, e.purpose, e.expiry, e.hostedKey, e.hostedExpiry, e.server);
    }

    function skipNonceWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature) external {
        bytes32 h = keccak256(abi.encode(T.SKIP_NONCE, identity, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
    }

    function changeOwnerWithSig(
        address identity,
        address newOwner,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.CHANGE_OWNER, identity, newOwner, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _changeOwner(identity, newOwner);
    }

    function setRecoveryWithSig(
        address identity,
        address recovery,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.SET_RECOVERY, identity, recovery, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _setRecovery(identity, recovery);
    }

    function deactivateWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature) external {
        bytes32 h = keccak256(abi.encode(T.DEACTIVATE, identity, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _deactivate(identity);
    }

    function cancelChangeWithSig(
        address identity,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.CANCEL_CHANGE, identity, signer, nonce, deadline));
        _useEitherSignature(identity, signer, h, nonce, deadline, signature);
        _cancelChange(identity, signer);
    }

    function startRecoveryWithSig(
        address identity,
        address newOwner,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.START_RECOVERY, identity, newOwner, nonce, deadline));
        _useRecoverySignature(identity, h, nonce, deadline, signature);
        _startRecovery(identity, newOwner);
    }

    function cancelRecoveryWithSig(
        address identity,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.CANCEL_RECOVERY, identity, signer, nonce, deadline));
        _useEitherSignature(identity, signer, h, nonce, deadline, signature);
        _cancelRecovery(identity, signer);
    }

    function setAttributeWithSig(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h =
            keccak256(abi.encode(T.SET_ATTRIBUTE, identity, name, keccak256(value), validity, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _setAttribute(identity, name, value, validity);
    }

    function revokeAttributeWithSig(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.REVOKE_ATTRIBUTE, identity, name, keccak256(value), nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _revokeAttribute(identity, name, value);
    }

    function addDelegateWithSig(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h =
            keccak256(abi.encode(T.ADD_DELEGATE, identity, delegateType, delegate, validity, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _addDelegate(identity, delegateType, delegate, validity);
    }

    function revokeDelegateWithSig(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 h = keccak256(abi.encode(T.REVOKE_DELEGATE, identity, delegateType, delegate, nonce, deadline));
        _useOwnerSignature(identity, h, nonce, deadline, signature);
        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @dev The two sides' cancellations name the signer, because a contract's signature doesn't tell whose it is.
    function _useEitherSignature(
        address identity,
        address signer,
        bytes32 structHash,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) private {
        if (signer == identityOwner(identity)) _useOwnerSignature(identity, structHash, nonce, deadline, signature);
        else if (signer == _accounts[identity].recovery) {
            _useRecoverySignature(identity, structHash, nonce, deadline, signature);
        } else revert NotOwnerOrRecovery(identity, signer);
    }

    // ---------------------------------------------------------------------------------------------- batch

    /// @dev Each call gets a fixed amount of gas, so that no operation (a contract wallet's signature check may burn
    /// all it is given) can starve the ones after it, and no relayer can make one fail by sending little. A
    /// delegatecall keeps `msg.sender`: were a function ever wrongly listed, the relayer would act as itself only.
    function batch(bytes[] calldata calls) external returns (CallResult[] memory results) {
        results = new CallResult[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory reason) = _relay(calls[i], i);
            results[i].ok = ok;
            if (ok) continue;
            results[i].reason = reason;
            emit BatchCallFailed(i, reason);
        }
    }

    function _relay(bytes calldata call, uint256 index) private returns (bool ok, bytes memory reason) {
        if (!_isRelayable(bytes4(call))) return (false, abi.encodeWithSelector(NotRelayable.selector, bytes4(call)));
        // A call is given at most 63/64 of what is left (EIP-150).
        if (gasleft() * 63 / 64 < BATCH_CALL_GAS + 10_000) revert TooLittleGas(index);
        return address(this).delegatecall{gas: BATCH_CALL_GAS}(call);
    }

    function _isRelayable(bytes4 s) private pure returns (bool) {
        return s == this.addKeyWithSig.selector || s == this.enrolWithSig.selector
            || s == this.revokeKeyWithSig.selector || s == this.renewKeyWithSig.selector
            || s == this.setHomeWithSig.selector || s == this.revokeKeyFromWithSig.selector
            || s == this.revokeAllKeysWithSig.selector || s == this.skipNonceWithSig.selector
            || s == this.changeOwnerWithSig.selector || s == this.setRecoveryWithSig.selector
            || s == this.deactivateWithSig.selector || s == this.cancelChangeWithSig.selector
            || s == this.startRecoveryWithSig.selector || s == this.cancelRecoveryWithSig.selector
            || s == this.setAttributeWithSig.selector || s == this.revokeAttributeWithSig.selector
            || s == this.addDelegateWithSig.selector || s == this.revokeDelegateWithSig.selector;
    }
}

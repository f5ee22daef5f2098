// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The EIP-712 types that wallets show
/// @dev Each names the operation and its arguments as the function does, then `nonce` and `deadline`.
library IdentityTypes {
    bytes32 internal constant ADD_KEY = keccak256(
        "AddKey(address identity,bytes32 key,uint8 purpose,uint64 expiry,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant RENEW_KEY =
        keccak256("RenewKey(address identity,bytes32 key,uint64 expiry,uint256 nonce,uint256 deadline)");
    bytes32 internal constant REVOKE_KEY =
        keccak256("RevokeKey(address identity,bytes32 key,uint256 nonce,uint256 deadline)");
    bytes32 internal constant REVOKE_KEY_FROM = keccak256(
        "RevokeKeyFrom(address identity,bytes32 key,uint256 server,uint64 size,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant REVOKE_ALL_KEYS =
        keccak256("RevokeAllKeys(address identity,uint256 nonce,uint256 deadline)");
    bytes32 internal constant SET_HOME =
        keccak256("SetHome(address identity,uint256 server,uint256 nonce,uint256 deadline)");
    bytes32 internal constant ENROL = keccak256(
        "Enrol(address identity,bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,"
        "uint256 server,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant SKIP_NONCE = keccak256("SkipNonce(address identity,uint256 nonce,uint256 deadline)");

    bytes32 internal constant CHANGE_OWNER =
        keccak256("ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)");
    bytes32 internal constant SET_RECOVERY =
        keccak256("SetRecovery(address identity,address recovery,uint256 nonce,uint256 deadline)");
    bytes32 internal constant DEACTIVATE = keccak256("Deactivate(address identity,uint256 nonce,uint256 deadline)");
    bytes32 internal constant CANCEL_CHANGE =
        keccak256("CancelChange(address identity,address signer,uint256 nonce,uint256 deadline)");
    bytes32 internal constant START_RECOVERY =
        keccak256("StartRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)");
    bytes32 internal constant CANCEL_RECOVERY =
        keccak256("CancelRecovery(address identity,address signer,uint256 nonce,uint256 deadline)");

    bytes32 internal constant SET_ATTRIBUTE = keccak256(
        "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant REVOKE_ATTRIBUTE =
        keccak256("RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)");
    bytes32 internal constant ADD_DELEGATE = keccak256(
        "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,uint256 nonce,"
        "uint256 deadline)"
    );
    bytes32 internal constant REVOKE_DELEGATE = keccak256(
        "RevokeDelegate(address identity,bytes32 delegateType,address delegate,uint256 nonce,uint256 deadline)"
    );
}

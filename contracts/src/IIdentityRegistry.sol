// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1056} from "./IERC1056.sol";

/// @title Who may speak for an identity, and since when
/// @notice An identity is an address. Its authority, the *owner*, is at first that address itself and can be changed
/// and recovered. The owner authorises Ed25519 keys, which sign records, and names a home server.
/// Everything that decides whether a record counts is in storage, so that one storage proof shows it.
/// @dev Every write exists twice: called by the authority itself, and as `…WithSig`, carried by anybody with the
/// authority's EIP-712 signature (domain "MetaNet Identity", version "1"). Times are block times in Unix seconds.
interface IIdentityRegistry is IERC1056 {
    // ---------------------------------------------------------------------------------------------- types

    /// @notice A change that the owner has started and that waits because a recovery address is set.
    enum ChangeKind {
        None,
        Owner,
        Recovery,
        Deactivation
    }

    /// @notice All that is known of one key of one identity.
    /// @param addedAt Block time at which the key was added; 0 if it never was.
    /// @param expiry Unix time from which the key no longer speaks, as authorised.
    /// @param revokedAt Block time of its revocation; 0 if it was not revoked.
    /// @param purpose `DEVICE` or `HOSTED`.
    /// @param epoch The owner epoch in which it was added; it ends with it.
    /// @param homeEpoch The home epoch in which it was added; a hosted key ends with it.
    /// @param end When the key stopped or will stop: the earliest of expiry, revocation, the end of its epoch and,
    /// for a hosted key, of its home epoch. 0 if it was never added.
    struct KeyState {
        uint64 addedAt;
        uint64 expiry;
        uint64 revokedAt;
        uint8 purpose;
        uint32 epoch;
        uint32 homeEpoch;
        uint64 end;
    }

    /// @notice What a wallet signs once, at the first sign-in: home server, device key and, if not zero, hosted key.
    struct Enrolment {
        address identity;
        bytes32 key;
        uint8 purpose;
        uint64 expiry;
        bytes32 hostedKey;
        uint64 hostedExpiry;
        uint256 server;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice One operation's fate in a `batch`.
    /// @param ok Whether it took effect.
    /// @param reason If not, its encoded error.
    struct CallResult {
        bool ok;
        bytes reason;
    }

    // ---------------------------------------------------------------------------------------------- events

    /// @notice A key may sign records of the identity from now on.
    /// @dev A node adds the key to the identity's history and re-examines records that waited for it. It ignores the
    /// event, for ever, if the bytes are a small-order or non-canonical Ed25519 point. A key is added at most once.
    event KeyAdded(
        address indexed identity, bytes32 indexed key, uint8 purpose, uint64 expiry, uint32 epoch, uint32 homeEpoch
    );

    /// @notice A living key's expiry was moved further away.
    /// @dev A node replaces the key's expiry. Only a key that has not ended is ever renewed.
    event KeyRenewed(address indexed identity, bytes32 indexed key, uint64 expiry);

    /// @notice A key was revoked; it no longer signs.
    /// @dev A node sets `revokedAt`, drops cached verdicts of that key and hides its records that are not proven.
    /// The key's end never becomes later by this event; for a key that had ended before, it changes nothing.
    event KeyRevoked(address indexed identity, bytes32 indexed key, uint64 revokedAt);

    /// @notice Records of this key count only below a position in a server's log.
    /// @dev A node hides the key's records from leaf `size` of that server's log on. The latest event of a key holds.
    event KeyCutOff(address indexed identity, bytes32 indexed key, uint256 indexed server, uint64 size);

    /// @notice The identity's home server changed; 0 means none.
    /// @dev A node ends all hosted keys of earlier home epochs, and takes proofs of later records from the new
    /// server's log only. A home that `ServerRegistry` doesn't know is no home.
    event HomeChanged(
        address indexed identity, uint256 indexed server, uint256 indexed previous, uint32 homeEpoch
    );

    /// @notice A new owner epoch began: all keys and delegates of the epochs before have ended.
    /// @dev A node ends those keys at this block's time, ends the identity's sessions, and accepts only `owner` as
    /// authority from here on. `owner` is zero if the identity was deactivated: then nothing ever changes again.
    event EpochStarted(address indexed identity, uint32 indexed epoch, address indexed owner);

    /// @notice The identity's recovery address is now this one; zero means none.
    /// @dev A node shows it to the owner. An owner's wait and a recovery's attempts start anew.
    event RecoveryChanged(address indexed identity, address indexed recovery);

    /// @notice The owner started a change that takes effect by `finishChange` at `readyAt` or later.
    /// @dev A node warns owner and recovery, who can each cancel it. A later start replaces an earlier one.
    event ChangeStarted(address indexed identity, ChangeKind indexed kind, address indexed target, uint64 readyAt);

    /// @notice The owner's pending change was withdrawn, by the owner or by the recovery address.
    event ChangeCancelled(address indexed identity, ChangeKind indexed kind, address indexed by);

    /// @notice The recovery address started to hand the identity to `newOwner`, at `readyAt` or later.
    /// @dev A node warns the owner by every means it has. `cancellable` is false if the owner has used up the
    /// cancellations and only the recovery address itself can still withdraw.
    event RecoveryStarted(address indexed identity, address indexed newOwner, uint64 readyAt, bool cancellable);

    /// @notice The takeover was withdrawn, by the owner or by the recovery address.
    event RecoveryCancelled(address indexed identity, address indexed newOwner, address indexed by);

    /// @notice The takeover took effect; `EpochStarted` of the same transaction carries the rest.
    event RecoveryFinished(address indexed identity, address indexed newOwner);

    /// @notice An operation of a batch did not take effect; the others did.
    /// @dev Only the relayer that sent the transaction uses it, to tell which of its operations failed and why.
    event BatchCallFailed(uint256 indexed index, bytes reason);

    // ---------------------------------------------------------------------------------------------- errors

    /// @notice The caller is not the identity's owner.
    error NotOwner(address identity, address caller);
    /// @notice The caller is not the identity's recovery address.
    error NotRecovery(address identity, address caller);
    /// @notice The caller or named signer is neither owner nor recovery address.
    error NotOwnerOrRecovery(address identity, address caller);
    /// @notice The identity was deactivated; nothing changes any more.
    error Deactivated(address identity);
    /// @notice The signature is not the signer's over exactly this operation on this chain and contract.
    error InvalidSignature(address identity, address signer);
    /// @notice The operation was signed for another nonce; `expected` is the current one.
    error InvalidNonce(address identity, uint256 expected);
    /// @notice The signed operation came too late.
    error DeadlinePassed(uint256 deadline);

    /// @notice The key is 32 zero bytes.
    error ZeroKey();
    /// @notice The purpose is neither `DEVICE` nor `HOSTED`.
    error InvalidPurpose(uint8 purpose);
    /// @notice The expiry is not in the future, or not later than the present one.
    error InvalidExpiry(uint64 expiry);
    /// @notice The key was added before; each key is added at most once, whether it lives or has ended.
    error KeyKnown(address identity, bytes32 key);
    /// @notice The key was never added.
    error KeyUnknown(address identity, bytes32 key);
    /// @notice The key ended at `end` and can't be renewed.
    error KeyEnded(address identity, bytes32 key, uint64 end);
    /// @notice The key was revoked before.
    error KeyAlreadyRevoked(address identity, bytes32 key);
    /// @notice A hosted key or an enrolment needs a home server.
    error NoHome(address identity);
    /// @notice This server is the identity's home already.
    error HomeUnchanged(address identity, uint256 server);
    /// @notice Server numbers are below 2^128.
    error InvalidServer(uint256 server);

    /// @notice Zero, or the present owner, can't be made owner. (To end all keys: `revokeAllKeys`.)
    error InvalidOwner(address newOwner);
    /// @notice The owner, or the present recovery address, can't be made recovery address.
    error InvalidRecovery(address recovery);
    /// @notice Nothing is pending.
    error NothingPending(address identity);
    /// @notice A takeover is pending already; the recovery address must cancel it before it starts another.
    error RecoveryPending(address identity);
    /// @notice The pending change or takeover can't be finished before `readyAt`.
    error TooEarly(uint64 readyAt);
    /// @notice The owner has cancelled `MAX_OWNER_CANCELS` takeovers of this recovery address and can't cancel more.
    error CancelsUsedUp(address identity);

    /// @notice Names under `did/pub/Ed25519/` are set by `addKey`, `renewKey` and `revokeKey` only.
    error ReservedAttribute(bytes32 name);
    /// @notice The attribute's value is longer than `MAX_ATTRIBUTE_BYTES`.
    error AttributeTooLong(uint256 length);
    /// @notice The validity, in seconds, is beyond 2^64.
    error InvalidValidity(uint256 validity);

    /// @notice A batch carries calls to this contract's `…WithSig` functions only.
    error NotRelayable(bytes4 selector);
    /// @notice The batch was sent with so little gas that an operation could have failed for lack of it.
    error TooLittleGas(uint256 index);

    // ---------------------------------------------------------------------------------------------- reading

    /// @notice Purpose of a key that the user's own device holds.
    function DEVICE() external view returns (uint8);

    /// @notice Purpose of a key that the user's home server holds.
    function HOSTED() external view returns (uint8);

    /// @notice How long takeovers, and the owner's changes once a recovery address is set, wait.
    function DELAY() external view returns (uint64);

    /// @notice How many takeovers of one recovery address the owner can cancel.
    function MAX_OWNER_CANCELS() external view returns (uint8);

    /// @notice The longest attribute value.
    function MAX_ATTRIBUTE_BYTES() external view returns (uint256);

    /// @notice The gas that each operation of a batch gets, at least and at most.
    function BATCH_CALL_GAS() external view returns (uint256);

    /// @notice A key's record and effective end. It speaks at time t if `addedAt <= t < end`.
    function keyState(address identity, bytes32 key) external view returns (KeyState memory);

    /// @notice The latest cut-off of a key; `setAt` is 0 if there is none.
    function cutOff(address identity, bytes32 key) external view returns (uint256 server, uint64 size, uint64 setAt);

    /// @notice The present owner epoch, counted from 0.
    function epoch(address identity) external view returns (uint32);

    /// @notice The owner during an epoch and the block time at which it began (0 for epoch 0 and for future epochs).
    function epochAt(address identity, uint32 epoch_) external view returns (address owner, uint64 since);

    /// @notice The block time at which an epoch ended; 0 while it lasts.
    function epochEndedAt(address identity, uint32 epoch_) external view returns (uint64);

    /// @notice The home server; 0 if there is none.
    function homeOf(address identity) external view returns (uint256 server);

    /// @notice The present home epoch, counted from 0, in which there is no home.
    function homeEpoch(address identity) external view returns (uint32);

    /// @notice The home server during a home epoch and the block time at which it began.
    function homeAt(address identity, uint32 homeEpoch_) external view returns (uint256 server, uint64 since);

    /// @notice The block time at which a home epoch ended; 0 while it lasts.
    function homeEpochEndedAt(address identity, uint32 homeEpoch_) external view returns (uint64);

    /// @notice The recovery address; zero if there is none.
    function recoveryOf(address identity) external view returns (address);

    /// @notice How many takeovers of the present recovery address the owner has cancelled.
    function ownerCancels(address identity) external view returns (uint8);

    /// @notice The nonce that the recovery address signs next. (The owner's is `nonce`.)
    function recoveryNonce(address identity) external view returns (uint256);

    /// @notice The owner's pending change; kind `None` if there is none.
    function pendingChange(address identity) external view returns (ChangeKind kind, address target, uint64 readyAt);

    /// @notice The pending takeover; zero if there is none.
    function pendingRecovery(address identity) external view returns (address newOwner, uint64 readyAt);

    /// @notice Whether the identity was deactivated.
    function isDeactivated(address identity) external view returns (bool);

    // ---------------------------------------------------------------------------------------------- keys and home

    /// @notice Authorises an Ed25519 key until `expiry`. Only the owner. Emits `KeyAdded` and `DIDAttributeChanged`.
    function addKey(address identity, bytes32 key, uint8 purpose, uint64 expiry) external;

    /// @notice Moves a living key's expiry further away. Only the owner.
    /// Emits `KeyRenewed` and `DIDAttributeChanged`.
    function renewKey(address identity, bytes32 key, uint64 expiry) external;

    /// @notice Ends a key. Only the owner. Emits `KeyRevoked` and `DIDAttributeChanged`.
    /// @dev A key that ended by other ways may be revoked too: that changes nothing but tells ERC-1056 resolvers,
    /// which know no epochs.
    function revokeKey(address identity, bytes32 key) external;

    /// @notice Ends a key if it was not revoked yet, and disowns what it signed from leaf `size` of `server`'s log on.
    /// Only the owner, who may move the position again. Emits `KeyCutOff`, and as `revokeKey` does if that applies.
    function revokeKeyFrom(address identity, bytes32 key, uint256 server, uint64 size) external;

    /// @notice Ends all keys and delegates at once and voids what the owner signed but nobody sent: a new epoch with
    /// the same owner, home and recovery. Only the owner. Emits `EpochStarted`.
    function revokeAllKeys(address identity) external;

    /// @notice Names the home server, 0 for none, and so ends all hosted keys. Only the owner. Emits `HomeChanged`.
    function setHome(address identity, uint256 server) external;

    /// @notice Sets the home if it is another one, adds a key and, if `hostedKey` isn't zero, a hosted key.
    /// Only the owner. All or nothing; emits what the single operations emit.
    function enrol(
        address identity,
        bytes32 key,
        uint8 purpose,
        uint64 expiry,
        bytes32 hostedKey,
        uint64 hostedExpiry,
        uint256 server
    ) external;

    /// @notice Voids what the owner signed for the present nonce. Only the owner.
    function skipNonce(address identity) external;

    // ---------------------------------------------------------------------------------------------- owner, recovery

    /// @notice Sets the recovery address: at once if there is none, else after `DELAY`. Only the owner.
    /// Emits `RecoveryChanged` or `ChangeStarted`.
    function setRecovery(address identity, address recovery) external;

    /// @notice Ends the identity for ever: at once if there is no recovery address, else after `DELAY`. Only the owner.
    /// Emits `EpochStarted` and `DIDOwnerChanged` with owner zero, or `ChangeStarted`.
    function deactivate(address identity) external;

    /// @notice Carries out the owner's pending change once it is due. Anybody: what it does was fixed at its start.
    function finishChange(address identity) external;

    /// @notice Withdraws the owner's pending change. Only the owner or the recovery address. Emits `ChangeCancelled`.
    function cancelChange(address identity) external;

    /// @notice Starts to hand the identity to `newOwner` after `DELAY`. Only the recovery address.
    /// Emits `RecoveryStarted`.
    function startRecovery(address identity, address newOwner) external;

    /// @notice Withdraws the takeover. The recovery address always can, the owner `MAX_OWNER_CANCELS` times.
    /// Emits `RecoveryCancelled`.
    function cancelRecovery(address identity) external;

    /// @notice Carries out the takeover once it is due. Anybody: what it does was fixed at its start.
    /// Emits `RecoveryFinished`, `EpochStarted`, `DIDOwnerChanged`.
    function finishRecovery(address identity) external;

    // ---------------------------------------------------------------------------------------------- by signature

    /// @notice `addKey` by the owner's signature over
    /// `AddKey(address identity,bytes32 key,uint8 purpose,uint64 expiry,uint256 nonce,uint256 deadline)`.
    function addKeyWithSig(
        address identity,
        bytes32 key,
        uint8 purpose,
        uint64 expiry,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `renewKey` by the owner's signature over
    /// `RenewKey(address identity,bytes32 key,uint64 expiry,uint256 nonce,uint256 deadline)`.
    function renewKeyWithSig(
        address identity,
        bytes32 key,
        uint64 expiry,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revokeKey` by the owner's signature over
    /// `RevokeKey(address identity,bytes32 key,uint256 nonce,uint256 deadline)`.
    function revokeKeyWithSig(
        address identity,
        bytes32 key,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revokeKeyFrom` by the owner's signature over
    /// `RevokeKeyFrom(address identity,bytes32 key,uint256 server,uint64 size,uint256 nonce,uint256 deadline)`.
    function revokeKeyFromWithSig(
        address identity,
        bytes32 key,
        uint256 server,
        uint64 size,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revokeAllKeys` by the owner's signature over
    /// `RevokeAllKeys(address identity,uint256 nonce,uint256 deadline)`.
    function revokeAllKeysWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature) external;

    /// @notice `setHome` by the owner's signature over
    /// `SetHome(address identity,uint256 server,uint256 nonce,uint256 deadline)`.
    function setHomeWithSig(
        address identity,
        uint256 server,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `enrol` by the owner's signature over
    /// `Enrol(address identity,bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,`
    /// `uint256 server,uint256 nonce,uint256 deadline)`.
    function enrolWithSig(Enrolment calldata enrolment, bytes calldata signature) external;

    /// @notice `skipNonce` by the owner's signature over
    /// `SkipNonce(address identity,uint256 nonce,uint256 deadline)`.
    function skipNonceWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature) external;

    /// @notice `changeOwner` by the owner's signature over
    /// `ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)`.
    function changeOwnerWithSig(
        address identity,
        address newOwner,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `setRecovery` by the owner's signature over
    /// `SetRecovery(address identity,address recovery,uint256 nonce,uint256 deadline)`.
    function setRecoveryWithSig(
        address identity,
        address recovery,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `deactivate` by the owner's signature over
    /// `Deactivate(address identity,uint256 nonce,uint256 deadline)`.
    function deactivateWithSig(address identity, uint256 nonce, uint256 deadline, bytes calldata signature) external;

    /// @notice `cancelChange` by the signature of `signer`, who is the owner (nonce: `nonce`) or the recovery address
    /// (nonce: `recoveryNonce`), over `CancelChange(address identity,address signer,uint256 nonce,uint256 deadline)`.
    function cancelChangeWithSig(
        address identity,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `startRecovery` by the recovery address's signature (nonce: `recoveryNonce`) over
    /// `StartRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)`.
    function startRecoveryWithSig(
        address identity,
        address newOwner,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `cancelRecovery` by the signature of `signer`, who is the owner (nonce: `nonce`) or the recovery address
    /// (nonce: `recoveryNonce`), over `CancelRecovery(address identity,address signer,uint256 nonce,uint256 deadline)`.
    function cancelRecoveryWithSig(
        address identity,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `setAttribute` by the owner's signature over
    /// `SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,uint256 nonce,uint256 deadline)`.
    function setAttributeWithSig(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revokeAttribute` by the owner's signature over
    /// `RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)`.
    function revokeAttributeWithSig(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `addDelegate` by the owner's signature over `AddDelegate(address identity,bytes32 delegateType,`
    /// `address delegate,uint256 validity,uint256 nonce,uint256 deadline)`.
    function addDelegateWithSig(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revokeDelegate` by the owner's signature over `RevokeDelegate(address identity,bytes32 delegateType,`
    /// `address delegate,uint256 nonce,uint256 deadline)`.
    function revokeDelegateWithSig(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Carries many signed operations. One that fails doesn't touch the others: it is reported in the results
    /// and by `BatchCallFailed`. Each element is the calldata of one `…WithSig` function; anything else fails.
    function batch(bytes[] calldata calls) external returns (CallResult[] memory results);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityState} from "./IdentityState.sol";

/// @title Change of owner, recovery, deactivation
/// @dev Without a recovery address the owner's word is carried out at once. With one, everything that could take the
/// identity away from either side waits `DELAY` and the other side can cancel it; the recovery address has the last
/// word (`MAX_OWNER_CANCELS`). `contracts/README.md` says who wins which fight, and why.
/// Knows nothing of who is calling: whoever calls these functions has checked the authority.
abstract contract IdentityOwnership is IdentityState {
    // ---------------------------------------------------------------------------------------------- the owner's side

    function _changeOwner(address identity, address newOwner) internal {
        _checkNewOwner(identity, newOwner);
        if (_guarded(identity)) _startChange(identity, ChangeKind.Owner, newOwner);
        else _giveTo(identity, newOwner);
    }

    function _setRecovery(address identity, address recovery) internal {
        if (recovery == _accounts[identity].recovery || recovery == identityOwner(identity)) {
            revert InvalidRecovery(recovery);
        }
        if (_guarded(identity)) _startChange(identity, ChangeKind.Recovery, recovery);
        else _replaceRecovery(identity, recovery);
    }

    function _deactivate(address identity) internal {
        if (_guarded(identity)) _startChange(identity, ChangeKind.Deactivation, address(0));
        else _end(identity);
    }

    function _finishChange(address identity) internal {
        Change memory c = _changes[identity];
        if (c.kind == ChangeKind.None) revert NothingPending(identity);
        if (block.timestamp < c.readyAt) revert TooEarly(c.readyAt);

        delete _changes[identity];
        if (c.kind == ChangeKind.Owner) _giveTo(identity, c.target);
        else if (c.kind == ChangeKind.Recovery) _replaceRecovery(identity, c.target);
        else _end(identity);
    }

    function _cancelChange(address identity, address by) internal {
        ChangeKind kind = _changes[identity].kind;
        if (kind == ChangeKind.None) revert NothingPending(identity);

        delete _changes[identity];
        emit ChangeCancelled(identity, kind, by);
    }

    // ---------------------------------------------------------------------------------------------- recovery's side

    function _startRecovery(address identity, address newOwner) internal {
        Takeover storage t = _takeovers[identity];
        if (t.newOwner != address(0)) revert RecoveryPending(identity);
        _checkNewOwner(identity, newOwner);

        uint64 readyAt = uint64(block.timestamp) + DELAY;
        (t.newOwner, t.readyAt) = (newOwner, uint48(readyAt));
        emit RecoveryStarted(identity, newOwner, readyAt, _accounts[identity].ownerCancels < MAX_OWNER_CANCELS);
    }

    function _cancelRecovery(address identity, address by) internal {
        Account storage a = _accounts[identity];
        Takeover storage t = _takeovers[identity];
        address newOwner = t.newOwner;
        if (newOwner == address(0)) revert NothingPending(identity);
        if (by != a.recovery) {
            if (a.ownerCancels == MAX_OWNER_CANCELS) revert CancelsUsedUp(identity);
            a.ownerCancels++;
        }

        (t.newOwner, t.readyAt) = (address(0), 0);
        emit RecoveryCancelled(identity, newOwner, by);
    }

    function _finishRecovery(address identity) internal {
        Takeover memory t = _takeovers[identity];
        if (t.newOwner == address(0)) revert NothingPending(identity);
        if (block.timestamp < t.readyAt) revert TooEarly(t.readyAt);

        emit RecoveryFinished(identity, t.newOwner);
        _giveTo(identity, t.newOwner);
    }

    // ---------------------------------------------------------------------------------------------- within

    function _guarded(address identity) private view returns (bool) {
        return _accounts[identity].recovery != address(0);
    }

    function _checkNewOwner(address identity, address newOwner) private view {
        if (newOwner == address(0) || newOwner == identityOwner(identity)) revert InvalidOwner(newOwner);
    }

    function _startChange(address identity, ChangeKind kind, address target) private {
        uint64 readyAt = uint64(block.timestamp) + DELAY;
        _changes[identity] = Change(target, readyAt, kind);
        emit ChangeStarted(identity, kind, target, readyAt);
    }

    /// @dev The only way by which the owner changes. Whatever the former owner or recovery had begun is void.
    function _giveTo(address identity, address newOwner) private {
        _accounts[identity].owner = newOwner;
        _closeMatters(identity);
        _startEpoch(identity, newOwner);
        emit DIDOwnerChanged(identity, newOwner, _link(identity));
    }

    function _end(address identity) private {
        _accounts[identity].deactivated = true;
        _closeMatters(identity);
        _startEpoch(identity, address(0));
        emit DIDOwnerChanged(identity, address(0), _link(identity));
    }

    function _closeMatters(address identity) private {
        delete _changes[identity];
        if (_guarded(identity)) _replaceRecovery(identity, address(0));
    }

    /// @dev A recovery address that goes takes its takeover and its unsent signatures with it.
    function _replaceRecovery(address identity, address recovery) private {
        Account storage a = _accounts[identity];
        if (a.recovery != address(0)) _takeovers[identity] = Takeover(address(0), 0, _takeovers[identity].nonce + 1);
        (a.recovery, a.ownerCancels) = (recovery, 0);
        emit RecoveryChanged(identity, recovery);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-1056, the Ethereum lightweight identity: the part that resolvers and owners use
/// @notice Events of one identity form a linked list through `previousChange`, whose end is `changed`.
/// @dev The ERC's own `…Signed` functions are left out on purpose: their signatures name no chain. Ours are in
/// `IIdentityRegistry`.
interface IERC1056 {
    /// @notice The identity's owner changed; zero if it was deactivated.
    /// @dev A node follows `IIdentityRegistry.EpochStarted`, emitted in the same transaction; this one is for resolvers.
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);

    /// @notice A delegate is valid until `validTo`.
    /// @dev A node does nothing: delegates don't sign records.
    event DIDDelegateChanged(
        address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange
    );

    /// @notice An attribute with this name and value is valid until `validTo`; 0 if it was revoked.
    /// @dev A node takes keys from `IIdentityRegistry.KeyAdded` and `KeyRevoked`, emitted in the same transaction; it
    /// may show other attributes (services) as claims of the owner.
    event DIDAttributeChanged(
        address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange
    );

    /// @notice The owner: the identity itself until it is changed; zero once it is deactivated.
    function identityOwner(address identity) external view returns (address);

    /// @notice The block of the identity's last ERC-1056 event; 0 if there was none.
    function changed(address identity) external view returns (uint256);

    /// @notice The nonce that the identity's owner signs next. It counts per identity and never goes back.
    function nonce(address identity) external view returns (uint256);

    /// @notice Whether the delegate is valid now.
    function validDelegate(address identity, bytes32 delegateType, address delegate) external view returns (bool);

    /// @notice Makes `newOwner` the owner: at once if there is no recovery address, else after a delay. Only the owner.
    function changeOwner(address identity, address newOwner) external;

    /// @notice Makes an address a delegate for `validity` seconds. Only the owner.
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external;

    /// @notice Ends a delegate. Only the owner.
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;

    /// @notice Publishes an attribute for `validity` seconds. Only the owner.
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external;

    /// @notice Withdraws an attribute. Only the owner.
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;
}

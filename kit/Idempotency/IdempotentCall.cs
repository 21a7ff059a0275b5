namespace Hdms.Kit.Idempotency;

/// <summary>A request that came with an <c>Idempotency-Key</c>.</summary>
/// <param name="Key">SHA-256 over caller, method, path and key: the scope in which a key is known.</param>
/// <param name="RequestHash">SHA-256 of the body and the query, by which another request under the same key is told.</param>
/// <param name="KeptFor">How long its answer is kept.</param>
public sealed record IdempotentCall(byte[] Key, byte[] RequestHash, TimeSpan KeptFor);

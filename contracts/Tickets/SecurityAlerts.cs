namespace Hdms.Contracts;

/// <summary>Somebody keeps trying what they may not do; for the admins.</summary>
/// <param name="Attempts">Within ten minutes.</param>
[EventType("security.alerted.v1")]
public sealed record SecurityAlerted(Guid Id, Guid UserId, int Attempts, DateTimeOffset At);

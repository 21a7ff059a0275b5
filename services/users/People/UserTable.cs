using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Npgsql;

namespace Hdms.Users.People;

/// <summary>A person, and when they last signed in: of the one the log tells by events, of the other by a record on the same stream.</summary>
sealed record ShownUser(User User, DateTime? LastLogin);

/// <summary>Reads and writes rows of <c>users</c>; every write appends the event that tells of it.</summary>
static class UserTable
{
    /// <summary>The words by which a person is found; as in the index <c>users_words</c>.</summary>
    public const string Words =
        """
        to_tsvector('simple', translate(first_name || ' ' || last_name || ' ' || employee_code || ' ' || coalesce(email, ''), '@.-_/+', '      '))
        """;

    /// <summary>Every event of a person has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("users", async (unit, id) => (await LockAsync(unit, id)).Stream).Whole<UserState>();

    /// <summary>The person for showing; by id, or by employee code.</summary>
    public static async Task<ShownUser?> FindShownAsync<TKey>(NpgsqlConnection connection, TKey key, CancellationToken ct)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"""
            SELECT u.*, c.last_login FROM users AS u LEFT JOIN user_credentials AS c ON c.user_id = u.id
            WHERE u.{(key is Guid ? "id" : "employee_code")} = @key
            """,
            new { key },
            cancellationToken: ct));
        return await reader.ReadAsync(ct)
            ? new ShownUser(reader.GetRowParser<User>()(reader), reader["last_login"] as DateTime?)
            : null;
    }

    /// <summary>The row, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<User> LockAsync(UnitOfWork unit, Guid id) =>
        await unit.FindAsync<User>("SELECT * FROM users WHERE id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("user");

    /// <summary>What is shown of these persons beside something else; those that are not there are left out.</summary>
    public static async Task<IReadOnlyDictionary<Guid, UserSummary>> SummariesAsync(NpgsqlConnection connection, IEnumerable<Guid> ids, CancellationToken ct)
    {
        var users = await connection.QueryAsync<User>(new CommandDefinition(
            "SELECT id, first_name, last_name, role, department_id, is_active, is_deleted FROM users WHERE id = ANY(@ids)",
            new { ids = ids.Distinct().ToArray() },
            cancellationToken: ct));
        return users.ToDictionary(u => u.Id, u => u.Summary());
    }

    public static async Task<User> InsertAsync(UnitOfWork unit, User user)
    {
        var row = user with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await unit.ExecuteAsync(
            """
            INSERT INTO users (id, employee_code, cnic, email, phone_number, first_name, last_name, role, is_ceo, is_approver,
                               is_analyst, helpdesk_authorized, department_id, sms_user_id, last_sms_sync, is_active, date_joined,
                               created_at, updated_at, version)
            VALUES (@Id, @EmployeeCode, @Cnic, @Email, @PhoneNumber, @FirstName, @LastName, @RoleName, @IsCeo, @IsApprover,
                    @IsAnalyst, @HelpdeskAuthorized, @DepartmentId, @SmsUserId, @LastSmsSync, @IsActive, @DateJoined,
                    @CreatedAt, @UpdatedAt, @Version)
            """,
            row);
        await unit.AppendAsync(new EventStream(row.Id, 0) { Person = row.Id }, row.State<UserRegistered>(), new Audit(After: row.State<UserRegistered>()));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<User> SaveAsync<T>(UnitOfWork unit, User before, User after, string? reason = null)
        where T : UserState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await UpdateAsync(unit, row);
        await unit.AppendAsync(before.Stream, row.State<T>(), Audit.Between(before.State<T>(), row.State<T>(), reason));
        return row;
    }

    public static Task UpdateAsync(UnitOfWork unit, User row) => unit.ExecuteAsync(
        """
        UPDATE users SET
            employee_code = @EmployeeCode, cnic = @Cnic, email = @Email, phone_number = @PhoneNumber, first_name = @FirstName,
            last_name = @LastName, role = @RoleName, is_ceo = @IsCeo, is_approver = @IsApprover, is_analyst = @IsAnalyst,
            helpdesk_authorized = @HelpdeskAuthorized, department_id = @DepartmentId, sms_user_id = @SmsUserId,
            last_sms_sync = @LastSmsSync, is_active = @IsActive, date_joined = @DateJoined, anonymised_at = @AnonymisedAt,
            is_deleted = @IsDeleted, deleted_at = @DeletedAt, updated_at = @UpdatedAt, version = @Version
        WHERE id = @Id
        """,
        row);

    /// <summary>Refuses when nobody would be left who can let anybody in; looks at the rows under lock, so that two who leave at once do not.</summary>
    /// <exception cref="Refusal">422 <c>invalid_transition</c>.</exception>
    public static async Task MustLeaveAnAdminAsync(UnitOfWork unit, User before, User after, string action)
    {
        if (!before.IsAdminAtWork || after.IsAdminAtWork)
        {
            return;
        }

        var admins = await unit.QueryAsync<Guid>(
            "SELECT id FROM users WHERE role = 'admin' AND is_active AND NOT is_deleted AND helpdesk_authorized ORDER BY id FOR UPDATE");
        if (admins.All(id => id == before.Id))
        {
            throw Refusal.InvalidTransition(
                before.Status, action, [.. before.AllowedActions.Where(a => a != action && a is "change" or "grant_access")],
                "This is the last admin who can sign in. Make another one first.");
        }
    }

    /// <summary>Refuses while the person is the head of a department.</summary>
    /// <exception cref="Refusal">409 <c>department_in_use</c>: the state of something else stands in the way.</exception>
    public static async Task MustNotBeHeadAsync(UnitOfWork unit, Guid id)
    {
        var department = await unit.FindAsync<string>("SELECT name FROM departments WHERE head_id = @id AND NOT is_deleted ORDER BY name LIMIT 1", new { id });
        if (department is not null)
        {
            throw new Refusal(Codes.DepartmentInUse, $"This is the head of {department}. Name another head first.");
        }
    }
}

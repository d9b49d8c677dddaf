using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class StoredBytes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "StoredBytes",
                table: "datasets",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            // of data sets from before, the images; of those that are sealed, the files hold the same bytes once more
            migrationBuilder.Sql("""
                UPDATE datasets SET "StoredBytes" = (CASE WHEN "Stage" = 3 THEN 2 ELSE 1 END) * (
                    SELECT COALESCE(SUM(p."ImageSize"), 0) FROM pairs p
                    WHERE p."Dataset" = datasets."Id" AND p."Shard" < datasets."ShardsDone")
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "StoredBytes",
                table: "datasets");
        }
    }
}
